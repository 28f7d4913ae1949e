//! Other products that hold the same rows and are up already: `--peer NAME=URL,QUERYFILE[,PROCESS...]`.
//!
//! The document takes `$c`, the code of a community, and `$a`, an age, and calls its answer
//! `servicesForElders { totalCount nodes { id } }`, with the ids of the rows, by category, name and id. The processes, by their numbers,
//! are those whose processor time is counted, with all below them.

use crate::refuse;

/// One of them.
#[derive(Debug)]
pub struct Peer {
    /// What it is called in the table.
    pub name: String,
    /// Where it is asked.
    pub url: String,
    /// The document.
    pub document: String,
    /// Whose processor time is counted.
    pub processes: Vec<u32>,
}

impl Peer {
    /// What stands behind `--peer`. Ends the program when it is no peer on this machine.
    pub fn read(given: &str) -> Peer {
        let parts = given.split_once('=').and_then(|(name, rest)| {
            let mut parts = rest.split(',');
            let (url, file) = (parts.next()?, parts.next()?);
            let processes = parts.map(|number| number.parse().ok()).collect::<Option<Vec<u32>>>()?;
            Some((name, url, file, processes))
        });
        let Some((name, url, file, processes)) = parts else {
            refuse(
                &format!("--peer {given}：应写作 名称=网址,查询文件[,进程号...]"),
                &format!("--peer {given}: write NAME=URL,QUERYFILE[,PROCESS...]"),
            )
        };
        let host = reqwest::Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
        if !matches!(host.as_deref(), Some("127.0.0.1" | "localhost" | "[::1]")) {
            refuse(
                &format!("--peer {given}：只测本机的服务（http://127.0.0.1:…）"),
                &format!("--peer {given}: only a server of this machine is put under load (http://127.0.0.1:...)"),
            );
        }
        let document = std::fs::read_to_string(file).unwrap_or_else(|error| {
            refuse(&format!("--peer {given}：无法读取 {file}：{error}"), &format!("--peer {given}: {file}: {error}"))
        });
        Peer { name: name.to_owned(), url: url.to_owned(), document, processes }
    }
}
