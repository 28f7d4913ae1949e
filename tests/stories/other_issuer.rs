//! An issuer of tokens beside the built-in one. Here it is another installation's: its tokens say what Huiju's own say, so
//! the flags have something to disagree with. Tokens as Keycloak makes them are held to the chassis itself.

use stories::process::{self, Process};
use stories::wait;
use stories::world::World;

#[tokio::test]
async fn another_issuers_tokens_are_good_where_its_keys_are_given_and_say_what_is_expected() {
    let world = World::up().await;
    let theirs = world.token("planner", None).await;
    let jwks = world.file("data/jwks.json");
    assert!(jwks.exists(), "{}", jwks.display());
    let jwks = jwks.display().to_string();
    for (flags, status, code) in [
        (vec![], 401, Some("unauthenticated")),
        (vec!["--jwks", &jwks], 200, None),
        (vec!["--jwks", &jwks, "--issuer", "https://id.example/realms/county"], 401, Some("unauthenticated")),
        (vec!["--jwks", &jwks, "--audience", "huiju-county"], 401, Some("unauthenticated")),
        (vec!["--jwks", &jwks, "--role-claim", "realm_access.roles"], 403, Some("not-granted")),
    ] {
        let data = world.file("other").display().to_string();
        let mut arguments = vec!["up", "--data", &data, "--listen", "127.0.0.1:0"];
        arguments.extend(&flags);
        let mut other = Process::start("other", process::command(&arguments), world.folder());
        let home = other
            .says("its address", wait::SOON, |line| {
                line.split_whitespace().find(|word| word.starts_with("http://")).map(str::to_owned)
            })
            .await;
        let asked = reqwest::Client::new().get(format!("{home}session")).bearer_auth(&theirs).send().await.unwrap();
        assert_eq!(asked.status().as_u16(), status, "{flags:?}");
        if let Some(code) = code {
            assert_eq!(asked.headers()["content-type"], "application/problem+json", "{flags:?}");
            let problem: serde_json::Value = asked.json().await.unwrap();
            assert_eq!(problem["code"], code, "{flags:?}: {problem}");
        }
        // Its own accounts stay what they are.
        let own = process::run(&["token", "--role", "planner", "--data", &data]).await;
        let own = String::from_utf8(own.stdout).unwrap();
        let asked = reqwest::Client::new().get(format!("{home}session")).bearer_auth(own.trim()).send().await.unwrap();
        assert_eq!(asked.status().as_u16(), 200, "{flags:?}");
    }
    let data = world.file("other").display().to_string();
    let alone = process::run(&["up", "--issuer", "https://id.example", "--data", &data]).await;
    assert!(!alone.status.success(), "an issuer without its keys");
}
