//! `huiju token` and `huiju account`: the built-in issuer from a shell on the same machine.

use crate::Failure;
use crate::arguments::{Account, AccountAction, Token};
use accounts::Issuer;
use chassis::clock::Clock;
use std::time::Duration;

/// Prints a token, and nothing else, on standard output.
pub(crate) fn token(token: &Token) -> Result<(), Failure> {
    std::fs::create_dir_all(&token.data)?;
    let issuer = Issuer::open(&token.data, Clock::system())?;
    let lifetime = Duration::from_secs(u64::from(token.hours) * 3600);
    println!("{}", issuer.mint_token(token.role.into(), token.office, token.area, lifetime)?);
    Ok(())
}

/// Manages accounts.
pub(crate) fn account(account: Account) -> Result<(), Failure> {
    std::fs::create_dir_all(&account.data)?;
    let issuer = Issuer::open(&account.data, Clock::system())?;
    match account.action {
        AccountAction::Add { name, role, office, area } => {
            issuer.create_account(&name, role.into(), office, area, &ask_password()?)?;
            println!("已建账号 made account {name}");
        }
        AccountAction::Password { name } => {
            issuer.set_password(&name, &ask_password()?)?;
            println!("已重设密码 set a new password for {name}");
        }
        AccountAction::Disable { name } => {
            issuer.disable(&name)?;
            println!("已停用 disabled {name}");
        }
        AccountAction::Enable { name } => {
            issuer.enable(&name)?;
            println!("已启用 enabled {name}");
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
