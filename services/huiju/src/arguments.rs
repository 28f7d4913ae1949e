//! What may be typed. Every flag is also an environment variable `HUIJU_...`.

use crate::table::{self, Files, Served};
use chassis::app::{
    Edge, Limits, NotARate, OF_ONE_ADDRESS, PUBLIC_RATE, Rate, RateLimits, TOKEN_RATE, TooFewDescriptors,
};
use chassis::auth::{AUDIENCE, ISSUER};
use chassis::http::{IpNet, Origin, Origins, Proxies, network_of};
use clap::{Args, Parser, Subcommand, ValueEnum};
use schema::erasures::ErasureGround;
use schema::selection::{ScopeChoice, ScopeSelection};
use schema::{AreaCode, Office};
use std::fmt;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;

/// Huiju (汇聚): one trustworthy directory of a county's public services.
#[derive(Debug, Parser)]
#[command(version, about, disable_help_subcommand = true)]
pub(crate) struct Arguments {
    /// Write logs as JSON, one object a line.
    #[arg(long, global = true, env = "HUIJU_LOG_JSON")]
    pub(crate) log_json: bool,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// 启动全部服务 Run everything in one process on one port.
    Up(Up),
    /// 单独启动一个服务 Run one service as its own process.
    Serve(Serve),
    /// 导入一份登记表 Hand in a list, or load divisions.
    Import(Import),
    /// 签发脚本用的令牌 Print a token of the built-in issuer, for scripts on this machine.
    Token(Token),
    /// 删除个人信息 Erase what is kept of a person.
    Person(Person),
    /// 管理账号 Manage the accounts of the built-in issuer.
    Account(Account),
}

/// Everything in one process.
#[derive(Debug, Args)]
pub(crate) struct Up {
    /// Load the divisions of Qinhuangdao and four offices' invented hand-ins, and make demo accounts.
    #[arg(long, env = "HUIJU_DEMO")]
    pub(crate) demo: bool,
    /// Where the embedded log, the keys and the accounts live.
    #[arg(long, env = "HUIJU_DATA", default_value = "./data")]
    pub(crate) data: PathBuf,
    /// The address of pages, GraphQL and commands.
    #[arg(long, env = "HUIJU_LISTEN", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// The keys of personal values.
    #[command(flatten)]
    pub(crate) keys: Keys,
    /// A KurrentDB or EventStoreDB cluster to use instead of the embedded log, as `esdb://...`.
    #[arg(long, env = "HUIJU_LOG")]
    pub(crate) log: Option<String>,
    #[command(flatten)]
    pub(crate) scopes: Scopes,
    #[command(flatten)]
    pub(crate) tokens: Tokens,
    #[command(flatten)]
    pub(crate) outside: Outside,
    /// Where the embedded log listens for its clients. Loopback only; port 0 takes a free one.
    #[arg(long, env = "HUIJU_LOG_LISTEN", default_value = "127.0.0.1:0")]
    pub(crate) log_listen: SocketAddr,
}

/// Which scopes the centre and the directory hold.
#[derive(Debug, Args)]
pub(crate) struct Scopes {
    /// 只办理这些辖区 Hold this scope alone: a county (130306), a city with all below (1303), or a city's own level
    /// alone (130300). May be repeated. For centre and directory; default: everything.
    #[arg(long = "scope", env = "HUIJU_SCOPE", value_name = "CODE", value_delimiter = ',')]
    chosen: Vec<ScopeChoice>,
}

impl Scopes {
    /// These, or everything.
    pub(crate) fn selection(&self) -> ScopeSelection {
        self.chosen.iter().copied().collect()
    }
}

/// One service.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Which.
    #[arg(value_parser = table::served())]
    pub(crate) service: Served,
    /// The log, as `esdb://127.0.0.1:2113?tls=false`. Not for `serve log`.
    #[arg(long, env = "HUIJU_LOG")]
    pub(crate) log: Option<String>,
    /// Where the service keeps what is not in the log.
    #[arg(long, env = "HUIJU_DATA", default_value = "./data")]
    pub(crate) data: PathBuf,
    /// The address to listen on.
    #[arg(long, env = "HUIJU_LISTEN", default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
    /// The keys of personal values.
    #[command(flatten)]
    pub(crate) keys: Keys,
    #[command(flatten)]
    pub(crate) scopes: Scopes,
    #[command(flatten)]
    pub(crate) tokens: Tokens,
    #[command(flatten)]
    pub(crate) outside: Outside,
}

/// Who outside may ask what, and how often.
#[derive(Debug, Args)]
pub(crate) struct Outside {
    /// 允许其他网站的页面查询 Let the pages of another site ask (CORS), as `https://partner.example`; `*` for every site, whose pages
    /// then ask as the public does, or with a token. May be repeated. Default: none.
    #[arg(long = "cors-origin", env = "HUIJU_CORS_ORIGIN", value_name = "ORIGIN", value_delimiter = ',')]
    origins: Vec<Origin>,
    /// 反向代理的地址 Believe what a proxy at this address, or of this network, says of who asks (`X-Forwarded-For`). May be repeated. One
    /// on this machine is always believed.
    #[arg(long = "trusted-proxy", env = "HUIJU_TRUSTED_PROXY", value_name = "ADDRESS|NETWORK", value_delimiter = ',', value_parser = network_of)]
    proxies: Vec<IpNet>,
    /// 公众每个地址的请求上限 How often one address of the public may ask: REQUESTS/SECONDS, or `off`. This machine may at all times.
    #[arg(long, env = "HUIJU_PUBLIC_RATE", value_name = "RATE", default_value_t = RateChoice::At(PUBLIC_RATE))]
    public_rate: RateChoice,
    /// 每个令牌持有者的请求上限 How often the holder of a token may ask: REQUESTS/SECONDS, or `off`.
    #[arg(long, env = "HUIJU_TOKEN_RATE", value_name = "RATE", default_value_t = RateChoice::At(TOKEN_RATE))]
    token_rate: RateChoice,
    /// 同时打开的连接上限 How many connections are served at a time, subscribers included. Each needs a file descriptor, and a quarter of
    /// what `ulimit -n` allows is kept for the rest. Default: 4096, or fewer where it allows no more.
    #[arg(long, env = "HUIJU_MAX_CONNECTIONS", value_name = "COUNT")]
    max_connections: Option<NonZeroUsize>,
    /// 每个地址的连接上限 How many of them one address may hold; this machine may hold all. Default: 512.
    #[arg(long, env = "HUIJU_MAX_CONNECTIONS_PER_ADDRESS", value_name = "COUNT")]
    max_connections_per_address: Option<NonZeroUsize>,
    /// 只回答清单中的查询 Answer only the GraphQL operations that are listed in this manifest of Apollo's or Relay's, or in those of this
    /// folder. For the directory.
    #[arg(long, env = "HUIJU_OPERATIONS", value_name = "FILE|FOLDER")]
    pub(crate) operations: Option<PathBuf>,
}

impl Outside {
    /// How many connections the process serves.
    ///
    /// # Errors
    /// When that is more than it may open.
    pub(crate) fn limits(&self) -> Result<Limits, TooFewDescriptors> {
        let of_one_address = self.max_connections_per_address.map_or(OF_ONE_ADDRESS, NonZeroUsize::get);
        Limits::of_this_process(self.max_connections.map(NonZeroUsize::get), of_one_address)
    }

    /// As the process is told of it; GraphQL refuses in a form of its own.
    pub(crate) fn edge(&self) -> Edge {
        Edge {
            origins: Origins::new(self.origins.clone()),
            proxies: Proxies::of(self.proxies.clone()),
            rates: Some(RateLimits::new(self.public_rate.rate(), self.token_rate.rate())),
            count_by_themselves: vec![graph::http::PATH],
        }
    }
}

/// How often somebody may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RateChoice {
    /// As often as they like.
    Off,
    /// So often.
    At(Rate),
}

impl RateChoice {
    fn rate(self) -> Option<Rate> {
        match self {
            RateChoice::Off => None,
            RateChoice::At(rate) => Some(rate),
        }
    }
}

impl FromStr for RateChoice {
    type Err = NotARate;

    fn from_str(text: &str) -> Result<RateChoice, NotARate> {
        if text == "off" { Ok(RateChoice::Off) } else { text.parse().map(RateChoice::At) }
    }
}

impl fmt::Display for RateChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RateChoice::Off => f.write_str("off"),
            RateChoice::At(rate) => rate.fmt(f),
        }
    }
}

/// Whose tokens are trusted beside those of the built-in issuer, whose keys are `jwks.json` in the data directory.
#[derive(Debug, Args)]
pub(crate) struct Tokens {
    /// 另一签发方的公钥 The keys of another issuer (JWK Set): a file, or a URL such as Keycloak's
    /// `.../realms/REALM/protocol/openid-connect/certs`.
    #[arg(long, env = "HUIJU_JWKS", value_name = "FILE|URL")]
    pub(crate) jwks: Option<String>,
    /// What its tokens name as `iss`.
    #[arg(long, env = "HUIJU_ISSUER", requires = "jwks", default_value = ISSUER)]
    pub(crate) issuer: String,
    /// What its tokens name as `aud`, among others perhaps.
    #[arg(long, env = "HUIJU_AUDIENCE", requires = "jwks", default_value = AUDIENCE)]
    pub(crate) audience: String,
    /// The claim with the role, or with a list in which it stands: `realm_access.roles` in Keycloak.
    #[arg(long, env = "HUIJU_ROLE_CLAIM", requires = "jwks", value_name = "CLAIM", default_value = "role")]
    pub(crate) role_claim: String,
    /// The claim with a clerk's office.
    #[arg(long, env = "HUIJU_OFFICE_CLAIM", requires = "jwks", value_name = "CLAIM", default_value = "office")]
    pub(crate) office_claim: String,
    /// The claim with the division that its holder is bound to.
    #[arg(long, env = "HUIJU_AREA_CLAIM", requires = "jwks", value_name = "CLAIM", default_value = "area")]
    pub(crate) area_claim: String,
}

/// A file to hand in.
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// Whose list it is, or `areas`, `calendar`, `population`, `policy`.
    #[arg(value_parser = table::importing())]
    pub(crate) what: &'static Files,
    /// The file: CSV (UTF-8 or GB 18030) or a spreadsheet.
    pub(crate) file: PathBuf,
    /// The list within the office that the file is a new edition of.
    #[arg(long, env = "HUIJU_LIST", default_value = "main")]
    pub(crate) list: String,
    /// 文件只有新增和变动的行，不是全表 The file holds only rows that are new or changed; nothing follows of the others.
    #[arg(long, env = "HUIJU_CHANGES")]
    pub(crate) changes: bool,
    /// 日历所属地域的六位代码 Whose calendar the file is: the six digits of a province, city or county; the nation's when not said.
    #[arg(long, value_name = "CODE")]
    pub(crate) of_scope: Option<String>,
    /// 预检：只检查，不登记 Only say what would happen.
    #[arg(long, env = "HUIJU_CHECK")]
    pub(crate) check: bool,
    /// 统计时点 For counts of people: the day of rows that name none.
    #[arg(long, env = "HUIJU_ON", value_name = "DAY")]
    pub(crate) on: Option<chrono::NaiveDate>,
    /// The server to hand it in to.
    #[command(flatten)]
    pub(crate) server: Server,
    /// Save the report, row by row: of a list as CSV, of counts as JSON.
    #[arg(long, env = "HUIJU_REPORT")]
    pub(crate) report: Option<PathBuf>,
}

/// The roles a token may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RoleName {
    /// 办事员
    Clerk,
    /// 资源管理员
    Steward,
    /// 规划人员
    Planner,
    /// 话务员
    Operator,
    /// 协作部门
    Partner,
    /// 管理员
    Admin,
}

impl From<RoleName> for chassis::auth::Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Clerk => chassis::auth::Role::Clerk,
            RoleName::Steward => chassis::auth::Role::Steward,
            RoleName::Planner => chassis::auth::Role::Planner,
            RoleName::Operator => chassis::auth::Role::Operator,
            RoleName::Partner => chassis::auth::Role::Partner,
            RoleName::Admin => chassis::auth::Role::Admin,
        }
    }
}

/// A token for a script.
#[derive(Debug, Args)]
pub(crate) struct Token {
    /// Instead of making one.
    #[command(subcommand)]
    pub(crate) action: Option<TokenAction>,
    /// What it may do.
    #[arg(long, env = "HUIJU_ROLE")]
    pub(crate) role: Option<RoleName>,
    /// What the log calls it, as `script:NAME`: 1 to 64 of a-z, 0-9, dot, hyphen and underscore.
    #[arg(long, env = "HUIJU_NAME")]
    pub(crate) name: Option<String>,
    /// For which office, for a clerk.
    #[arg(long, env = "HUIJU_OFFICE")]
    pub(crate) office: Option<Office>,
    /// Within which division.
    #[arg(long, env = "HUIJU_AREA")]
    pub(crate) area: Option<AreaCode>,
    /// The data directory whose issuer signs it.
    #[arg(long, env = "HUIJU_DATA", default_value = "./data", global = true)]
    pub(crate) data: PathBuf,
    /// For how many hours it holds.
    #[arg(long, env = "HUIJU_HOURS", default_value_t = 12)]
    pub(crate) hours: u32,
}

/// What to do with tokens that were made.
#[derive(Debug, Subcommand)]
pub(crate) enum TokenAction {
    /// 列出令牌 List the tokens that were made: id, name, role, from when until when.
    List,
    /// 收回令牌 Take a token back: whoever shows it is refused.
    Revoke {
        /// Its id, as `huiju token list` tells it.
        id: uuid::Uuid,
    },
}

/// What an account may do, for whom and where.
#[derive(Debug, Args)]
pub(crate) struct Duties {
    /// What it may do.
    #[arg(long)]
    pub(crate) role: RoleName,
    /// For which office, for a clerk.
    #[arg(long)]
    pub(crate) office: Option<Office>,
    /// Within which division.
    #[arg(long)]
    pub(crate) area: Option<AreaCode>,
}

/// Accounts.
#[derive(Debug, Args)]
pub(crate) struct Account {
    /// The data directory whose accounts they are.
    #[arg(long, env = "HUIJU_DATA", default_value = "./data", global = true)]
    pub(crate) data: PathBuf,
    /// What to do with them.
    #[command(subcommand)]
    pub(crate) action: AccountAction,
}

/// What to do with accounts.
#[derive(Debug, Subcommand)]
pub(crate) enum AccountAction {
    /// 新建账号 Make an account; asks for its password.
    Add {
        /// The name to sign in with.
        name: String,
        #[command(flatten)]
        duties: Duties,
    },
    /// 变更角色 Change what an account may do, for whom and where, whole. Its sessions end.
    Assign {
        /// Whose.
        name: String,
        #[command(flatten)]
        duties: Duties,
    },
    /// 重设密码 Set a new password; asks for it.
    Password {
        /// Whose.
        name: String,
    },
    /// 停用账号 Let an account sign in no more, and end its sessions.
    Disable {
        /// Which.
        name: String,
    },
    /// 启用账号 Let a disabled account sign in again.
    Enable {
        /// Which.
        name: String,
    },
    /// 删除账号 Delete an account and end its sessions. Its name is given to nobody again.
    Delete {
        /// Which.
        name: String,
    },
    /// 列出账号 List the accounts.
    List,
}

/// Where the keys of personal values are.
#[derive(Debug, Args)]
pub(crate) struct Keys {
    /// The installation's one key store. Default: `keys.db` in the data directory.
    #[arg(long, env = "HUIJU_KEYS", value_name = "PATH")]
    pub(crate) keys: Option<PathBuf>,
    /// 密钥库确已丢失时新建 Make a new key store although the log's own is lost: names that were sealed before can never
    /// be read again.
    #[arg(long, env = "HUIJU_NEW_KEYS")]
    pub(crate) new_keys: bool,
}

/// Persons.
#[derive(Debug, Args)]
pub(crate) struct Person {
    /// What to do.
    #[command(subcommand)]
    pub(crate) action: PersonAction,
}

/// What to do with what is kept of persons.
#[derive(Debug, Subcommand)]
pub(crate) enum PersonAction {
    /// 删除一个人的个人信息 Erase what is kept of a person. Cannot be undone.
    Erase(Erase),
    /// 列出删除命令 List the orders to erase, those that are held among them.
    Erasures(Server),
}

/// Whom to erase, and why.
#[derive(Debug, Args)]
pub(crate) struct Erase {
    /// The person: `contactPerson` of a registration.
    pub(crate) id: schema::PersonId,
    /// person-requested, consent-withdrawn, purpose-ended, retention-ended, unlawful, required, recorded-in-error
    /// (个人信息保护法, articles 46 and 47).
    #[arg(long, env = "HUIJU_GROUND")]
    pub(crate) ground: ErasureGround,
    /// The first day on which a law no longer requires that it be kept; it is erased then.
    #[arg(long, env = "HUIJU_HOLD_UNTIL", requires = "law")]
    pub(crate) hold_until: Option<chrono::NaiveDate>,
    /// The provision that requires it.
    #[arg(long, env = "HUIJU_LAW")]
    pub(crate) law: Option<String>,
    /// Whom to ask.
    #[command(flatten)]
    pub(crate) server: Server,
}

/// A running server.
#[derive(Debug, Args)]
pub(crate) struct Server {
    /// Its address.
    #[arg(long, env = "HUIJU_SERVER", default_value = "http://127.0.0.1:8080")]
    pub(crate) server: String,
    /// A token; `huiju token` prints one.
    #[arg(long, env = "HUIJU_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outside(flags: &[&str]) -> Result<Outside, clap::Error> {
        let arguments = Arguments::try_parse_from(["huiju", "up"].into_iter().chain(flags.iter().copied()))?;
        let Command::Up(up) = arguments.command else { panic!("that was `up`") };
        Ok(up.outside)
    }

    #[test]
    fn who_outside_may_ask_and_how_often_is_said_by_flags_and_what_cannot_be_meant_is_refused() {
        let usual = outside(&[]).unwrap();
        assert!(usual.edge().origins.is_none(), "no page of another site, unless it is named");
        assert_eq!((usual.public_rate.rate(), usual.token_rate.rate()), (Some(PUBLIC_RATE), Some(TOKEN_RATE)));
        let said = outside(&[
            "--cors-origin",
            "https://a.example,http://127.0.0.1:3000",
            "--cors-origin",
            "https://b.example",
            "--trusted-proxy",
            "10.0.0.0/8,192.0.2.7",
            "--public-rate",
            "off",
            "--token-rate",
            "10/1",
        ])
        .unwrap();
        assert_eq!((said.origins.len(), said.proxies.len(), said.public_rate), (3, 2, RateChoice::Off));
        assert_eq!(said.token_rate.rate(), "10/1".parse().ok());
        for wrong in [
            ["--cors-origin", "a.example"],
            ["--cors-origin", "https://a.example/"],
            ["--trusted-proxy", "proxy"],
            ["--public-rate", "10"],
            ["--token-rate", "none"],
        ] {
            assert!(outside(&wrong).is_err(), "{wrong:?}");
        }
    }
}
