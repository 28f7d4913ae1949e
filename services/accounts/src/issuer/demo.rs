//! The accounts of the demonstration.

use super::{Issuer, IssuerError};
use crate::store::Account;
use chassis::auth::Role;
use schema::{AreaCode, Office};

/// An account of the demonstration, whose password everybody knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoAccount {
    /// Its name.
    pub name: String,
    /// Its password.
    pub password: String,
    /// What it may do.
    pub role: Role,
    /// The office it acts for.
    pub office: Option<Office>,
    /// What it is, in Chinese and English, for whoever reads the list.
    pub title: String,
}

impl Issuer {
    /// The accounts of the demonstration, made if they are not there.
    pub fn ensure_demo_accounts(&self) -> Result<Vec<DemoAccount>, IssuerError> {
        let area = "130300".parse::<AreaCode>().ok();
        let accounts = demo_accounts();
        let present = self.list()?;
        for account in &accounts {
            // Hashing seven passwords at every start would be noticed.
            if let Some(known) = present.iter().find(|known| known.name == account.name) {
                if known.disabled {
                    self.enable(&known.name)?;
                }
                continue;
            }
            match self.create_account(&account.name, account.role, account.office, area, &account.password) {
                Ok(()) | Err(IssuerError::Taken(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(accounts)
    }

    /// Shuts the accounts of the demonstration, whose passwords everybody knows. How many were open.
    pub fn retire_demo_accounts(&self) -> Result<usize, IssuerError> {
        let demo = demo_accounts();
        let is_demo = |account: &&Account| demo.iter().any(|demo| demo.name == account.name);
        let open: Vec<Account> = self.list()?.into_iter().filter(|account| !account.disabled).collect();
        let mut retired = 0;
        for account in open.iter().filter(is_demo) {
            self.disable(&account.name)?;
            retired += 1;
        }
        Ok(retired)
    }
}

fn demo_accounts() -> Vec<DemoAccount> {
    let clerk = |office: Office| DemoAccount {
        name: format!("demo-{office}"),
        password: format!("demo-{office}"),
        role: Role::Clerk,
        office: Some(office),
        title: format!("演示账号：{}经办人 demo clerk, {}", office.name_zh(), office.name_en()),
    };
    let other = |role: Role| DemoAccount {
        name: format!("demo-{role}"),
        password: format!("demo-{role}"),
        role,
        office: None,
        title: format!("演示账号：{} demo {role}", role.name_zh()),
    };
    let others = [Role::Steward, Role::Planner, Role::Partner];
    Office::ALL.into_iter().map(clerk).chain(others.into_iter().map(other)).collect()
}
