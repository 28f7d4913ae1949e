//! `huiju token` and `huiju account`: the built-in issuer from a shell on the same machine.

use crate::Failure;
use crate::arguments::{Account, AccountAction, Duties, Token, TokenAction};
use accounts::Issuer;
use chassis::clock::Clock;
use std::time::Duration;

/// Prints a token, and nothing else, on standard output; or lists tokens, or takes one back.
pub(crate) fn token(token: &Token) -> Result<(), Failure> {
    let issuer = Issuer::open(&token.data, Clock::system())?;
    match (&token.action, token.role) {
        (Some(TokenAction::List), _) => {
            for token in issuer.tokens()? {
                println!("{token}");
            }
        }
        (Some(TokenAction::Revoke { id }), _) => {
            issuer.revoke_token(*id)?;
            println!("已收回令牌 revoked the token {id}");
        }
        (None, Some(role)) => {
            let lifetime = Duration::from_secs(u64::from(token.hours) * 3600);
            let name = token.name.as_deref();
            let (_, text) = issuer.mint_token(name, role.into(), token.office, token.area, lifetime)?;
            println!("{text}");
        }
        (None, None) => return Err("请给出角色 give the role: --role ROLE".into()),
    }
    Ok(())
}

/// Manages accounts.
pub(crate) fn account(account: Account) -> Result<(), Failure> {
    let issuer = Issuer::open(&account.data, Clock::system())?;
    match account.action {
        AccountAction::Add { name, duties: Duties { role, office, area } } => {
            issuer.create_account(&name, role.into(), office, area, &ask_password()?)?;
            println!("已建账号 made account {name}");
        }
        AccountAction::Assign { name, duties: Duties { role, office, area } } => {
            issuer.assign(&name, role.into(), office, area, None)?;
            println!("已变更角色 gave {name} other duties，原有登录已失效 its sessions have ended");
        }
        AccountAction::Password { name } => {
            issuer.set_password(&name, &ask_password()?)?;
            println!("已重设密码 set a new password for {name}，原有登录已失效 its sessions have ended");
        }
        AccountAction::Disable { name } => {
            issuer.disable(&name)?;
            println!("已停用 disabled {name}，原有登录已失效 its sessions have ended");
        }
        AccountAction::Enable { name } => {
            issuer.enable(&name)?;
            println!("已启用 enabled {name}");
        }
        AccountAction::Delete { name } => {
            issuer.delete(&name)?;
            println!("已删除 deleted {name}，此名不再启用 its name is given to nobody again");
        }
        AccountAction::List => {
            for account in issuer.list()? {
                println!("{account}");
            }
        }
    }
    Ok(())
}

/// Asks twice on a terminal; takes one line when standard input is not one.
fn ask_password() -> Result<String, Failure> {
    use std::io::IsTerminal;
    if !std::io::stdin().is_terminal() {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line)?;
        return Ok(line.trim_end_matches(['\r', '\n']).to_owned());
    }
    let password = rpassword::prompt_password("密码 password: ")?;
    if password != rpassword::prompt_password("再输一遍 once more: ")? {
        return Err("两次输入不同 the two were not the same".into());
    }
    Ok(password)
}
