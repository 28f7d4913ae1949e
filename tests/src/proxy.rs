//! nginx before a world, with the site that `ops/nginx/huiju.conf` describes.

use crate::api::Api;
use crate::process::{Process, workspace};
use crate::wait;
use crate::world::World;
use std::net::TcpListener;
use std::process::Command;

/// The name of each upstream in the file, and whose address takes its place.
const UPSTREAMS: [&str; 10] = [
    "directory",
    "accounts",
    "areas",
    "persons",
    "planning",
    "center",
    "clinic",
    "womens-federation",
    "youth-league",
    "commerce",
];

/// A running nginx. Ends with its owner.
#[derive(Debug)]
pub struct Proxy {
    base: String,
    folder: tempfile::TempDir,
    _process: Process,
}

impl Proxy {
    /// Starts nginx with the file, in which addresses and the lines of TLS alone are another's. `ops/test-tools.sh` installs it
    /// where it may; none where there is no nginx.
    pub async fn before(world: &World) -> Option<Proxy> {
        let nginx =
            ["nginx", "/usr/sbin/nginx"].into_iter().find(|nginx| Command::new(nginx).arg("-v").output().is_ok())?;
        let folder = tempfile::Builder::new().prefix("huiju-proxy-").tempdir().expect("a folder can be made");
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
        let at = |name: &str| folder.path().join(name).display().to_string();
        let file = std::fs::read_to_string(workspace().join("ops/nginx/huiju.conf")).expect("the file is there");
        let lines = file.lines().filter(|line| !line.trim_start().starts_with("ssl_")).map(|line| {
            let upstream = UPSTREAMS.iter().find(|name| line.starts_with(&format!("upstream huiju_{name} ")));
            match upstream {
                Some(name) => line.replace("127.0.0.1:8080", world.address(name).trim_start_matches("http://")),
                None => {
                    line.replace("443 ssl", &free.to_string()).replace("/var/log/nginx/huiju.log", &at("access.log"))
                }
            }
        });
        let site = lines.collect::<Vec<_>>().join("\n");
        // The directives that a distribution's own nginx.conf has, in a folder of the test's.
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {};\n", at(kind)))
            .concat();
        // One process, which is gone when it is killed: workers would outlive their master.
        let whole = format!(
            "daemon off; master_process off; pid {}; error_log {} warn;\nevents {{ worker_connections 256; }}\n\
             http {{\n{temporary}{site}\n}}\n",
            at("pid"),
            at("error.log")
        );
        std::fs::write(folder.path().join("nginx.conf"), whole).expect("the folder can be written to");
        let mut command = Command::new(nginx);
        command.args(["-p", &folder.path().display().to_string(), "-c", &at("nginx.conf"), "-e", &at("error.log")]);
        let process = Process::start("nginx", command, folder.path());
        let base = format!("http://{free}");
        wait::until("nginx to listen", wait::SOON, async || {
            let answer = reqwest::get(format!("{base}/healthz")).await.map_err(|error| error.to_string())?;
            if answer.status() == 200 { Ok(()) } else { Err(format!("{}", answer.status())) }
        })
        .await;
        Some(Proxy { base, folder, _process: process })
    }

    /// Its address.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// A client that knows no other address.
    pub fn public(&self) -> Api {
        Api::new(vec![(String::new(), self.base.clone())])
    }

    /// What it wrote down of requests.
    pub fn access_log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("access.log")).unwrap_or_default()
    }
}
