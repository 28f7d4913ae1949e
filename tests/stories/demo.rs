//! The demonstration, loaded once for all stories that only look at it.

use stories::world::World;
use tokio::sync::OnceCell;

/// A running demonstration. Nobody may change what it holds.
pub(crate) async fn demo() -> &'static World {
    static DEMO: OnceCell<World> = OnceCell::const_new();
    DEMO.get_or_init(World::up_with_demo).await
}
