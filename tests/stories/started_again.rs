//! A directory that is started again goes on from its image, and believes none that does not fit.

use chassis::clock::Clock;
use serde_json::{Value, json};
use std::path::PathBuf;
use stories::wait;
use stories::world::World;

/// What a directory tells, present and past, with the least that it must have come to.
const EVERYTHING: &str = "query ($past: DateTime!, $atLeast: Position) {
    counters(atLeast: $atLeast) { resources }
    resources(first: 300) { totalCount nodes { id name phones hours fees versions { at status resource { name address } }
        provenance { field rule } sources { id sourceFile sourceRow } } }
    then: resources(first: 300, asOf: $past) { totalCount nodes { id name provenance { field rule } } }
    changes(first: 1000) { nodes { cursor kind name at } } }";

struct Told {
    answer: Value,
    world: World,
    past: String,
}

impl Told {
    async fn by(world: World) -> Told {
        let past = Clock::system().now().to_rfc3339();
        // Something of the past, and something since.
        let merge = "{ mergeHistory(status: IN_FORCE, first: 1) { nodes { id } } }";
        let steward = world.steward().await;
        let found = steward.ask(merge, Value::Null).await;
        let id = found["mergeHistory"]["nodes"][0]["id"].as_str().unwrap().to_owned();
        let undo = json!({ "reason": "两家", "keepApart": true });
        steward.post(&format!("/api/center/merges/{id}/undo"), "undo", &undo).await.success();
        world.settled().await;
        let mut told = Told { answer: Value::Null, world, past };
        told.answer = told.ask().await;
        told
    }

    async fn ask(&self) -> Value {
        let variables = json!({ "past": self.past, "atLeast": self.world.last_said().await });
        self.world.public().ask(EVERYTHING, variables).await
    }

    fn file(&self, name: &str) -> PathBuf {
        PathBuf::from(self.world.data()).join("directory").join(name)
    }

    /// Flips a bit of every so many bytes.
    fn damage(&self, name: &str, begin: usize, every: usize) {
        let mut bytes = std::fs::read(self.file(name)).unwrap();
        bytes.iter_mut().skip(begin).step_by(every).for_each(|byte| *byte ^= 4);
        std::fs::write(self.file(name), bytes).unwrap();
    }

    async fn stop(&mut self) {
        assert!(self.world.interrupt("up", wait::SOON).await.success());
    }

    async fn tells_the_same(&mut self, when: &str) {
        self.world.start_up().await;
        assert_eq!(self.ask().await, self.answer, "{when}");
    }

    /// How many starts believed their image.
    fn believed(&self) -> usize {
        let log = std::fs::read_to_string(self.world.file("up.log")).unwrap();
        log.lines().filter(|line| line.contains("the directory goes on from its image")).count()
    }
}

#[tokio::test]
async fn started_again_a_directory_tells_the_same_from_its_image_from_the_log_and_from_files_that_are_damaged() {
    let mut told = Told::by(World::up_with_overlaps(300).await).await;
    told.stop().await;
    assert!(told.file("image").exists(), "fewer events than an image is written for");
    told.tells_the_same("from its image").await;
    assert_eq!(told.believed(), 1);

    // What came after the image is folded from the log, also where the process was killed.
    told.world.kill("up");
    told.tells_the_same("after it was killed").await;
    assert_eq!(told.believed(), 2);

    told.stop().await;
    told.damage("image", 100, 1000);
    told.tells_the_same("beside an image that is damaged").await;

    told.stop().await;
    std::fs::remove_file(told.file("blocks")).unwrap();
    told.tells_the_same("without its file of blocks").await;
    assert_eq!(told.believed(), 2, "neither fits");

    // Blocks are read when they are asked for. What cannot be read is said, and the next start makes all of it anew.
    told.stop().await;
    told.damage("blocks", 8, 16);
    told.world.start_up().await;
    let refused = told.world.public().refusal("{ resources(first: 1) { nodes { address } } }", Value::Null).await;
    assert_eq!(refused, "DATA_LOSS");
    told.stop().await;
    told.tells_the_same("made anew from the log").await;
    assert_eq!(told.believed(), 3, "the one beside the damaged blocks, which nobody knew of yet");
}
