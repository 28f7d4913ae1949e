//! Registrations that a list has left out: withdrawn when a clerk says which, and put back when that was a slip.

use crate::books::{HandIn, ListBook};
use crate::description::Refusal;
use crate::desk::{Desk, Inner};
use crate::hand_in::{Ask, HandInError, failed};
use crate::report::Report;
use crate::running::{IN_FLIGHT, is_within};
use crate::withdrawal::Withdrawal;
use chassis::command::{Command, KeyReused};
use chassis::decide::{self, CommandError};
use chassis::log::{LogError, Recorded};
use futures::future::BoxFuture;
use futures::{StreamExt as _, TryStreamExt as _};
use schema::hand_in::{AbsentWithdrawn, HandInEvent, WithdrawalTakenBack};
use schema::limits;
use schema::policy::WithdrawalPolicy;
use schema::{AreaCode, Envelope, Event, HandInId, RegistrationId, Scope, Stream};
use std::collections::{BTreeMap, BTreeSet};

/// What is done about registrations of a hand-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Withdraw,
    TakeBack,
}

impl<P, S, E> Desk<P, S, E>
where
    P: Clone + Send + Sync + 'static,
    S: Send + Sync + 'static,
    E: Event + Send + Sync + 'static,
{
    /// Withdraws registrations that the latest whole edition of a list left out and that are still in force. To be asked for
    /// by a person who has seen them.
    pub async fn withdraw_absent(
        &self,
        id: HandInId,
        withdrawal: &Withdrawal,
        ask: &Ask,
    ) -> Result<Report, HandInError> {
        let hand_in = self.completed(id).await?;
        let _turn = self.turn(&hand_in.list).await;
        let report = self.stored(id, Some(ask)).await?.ok_or(HandInError::Unknown(id))?;
        let withdrawn: BTreeSet<RegistrationId> = report.withdrawn.iter().copied().collect();
        let chosen: BTreeSet<RegistrationId> = withdrawal.registrations.iter().copied().collect();
        let left: Vec<RegistrationId> = chosen.difference(&withdrawn).copied().collect();
        if left.is_empty() && !chosen.is_empty() {
            return Ok(Report { repeated: true, ..report });
        }
        let list_book = self.list_book(&hand_in.list).await?;
        if list_book.list.latest_whole != Some(id) {
            return Err(HandInError::Superseded(id));
        }
        // What rows of changes have named since is not absent any more.
        let is_absent = |absent: &RegistrationId| list_book.is_left_out(*absent);
        let absent: Vec<RegistrationId> = report.absent.iter().copied().filter(is_absent).collect();
        withdrawal.check(&absent, list_book.in_force())?;
        self.allowed(id, &list_book, &left, ask.area)?;
        self.agreed(id, chosen.union(&withdrawn).copied()).await?;
        self.carry_out(Deed::Withdraw, &hand_in, &chosen, left, ask).await
    }

    /// Puts back what was withdrawn because a hand-in had left it out, as it was. What has changed since is left as it is.
    pub async fn take_back(&self, id: HandInId, ask: &Ask) -> Result<Report, HandInError> {
        let hand_in = self.completed(id).await?;
        let _turn = self.turn(&hand_in.list).await;
        let report = self.stored(id, Some(ask)).await?.ok_or(HandInError::Unknown(id))?;
        if report.withdrawn.is_empty() {
            return Ok(Report { repeated: true, ..report });
        }
        let list_book = self.list_book(&hand_in.list).await?;
        self.allowed(id, &list_book, &report.withdrawn, ask.area)?;
        self.carry_out(Deed::TakeBack, &hand_in, &BTreeSet::new(), report.withdrawn, ask).await
    }

    /// Whether everything is known of some registrations, and the clerk may act for them.
    fn allowed(
        &self,
        id: HandInId,
        list_book: &ListBook,
        registrations: &[RegistrationId],
        area: Option<AreaCode>,
    ) -> Result<(), HandInError> {
        list_book.unread.hand_in_of(id.scope())?;
        if let Some(unreadable) = registrations.iter().find_map(|one| list_book.unread.of_registration(*one)) {
            return Err(unreadable.clone().into());
        }
        let lies_in = |area: AreaCode, registration: &RegistrationId| {
            list_book.registrations.get(registration).is_none_or(|known| is_within(area, &known.key, &list_book.areas))
        };
        match area {
            Some(area) if !registrations.iter().all(|one| lies_in(area, one)) => Err(HandInError::NotYours(area)),
            Some(_) | None => Ok(()),
        }
    }

    /// Whether each county lets the hand-in withdraw so many of its registrations, by its limit or because a steward has agreed.
    async fn agreed(
        &self,
        hand_in: HandInId,
        registrations: impl Iterator<Item = RegistrationId>,
    ) -> Result<(), HandInError> {
        let mut counts: BTreeMap<Scope, usize> = BTreeMap::new();
        for registration in registrations {
            *counts.entry(registration.scope()).or_default() += 1;
        }
        for (scope, count) in counts {
            let mut policy = WithdrawalPolicy::default();
            for event in self.inner().log.read_stream(&Stream::Policy(scope).to_string()).await? {
                policy = policy.evolve(&event.decode().map_err(|problem| event.unreadable(problem))?);
            }
            if !policy.allows(hand_in, count) {
                return Err(HandInError::AgreementNeeded { hand_in, scope, count, most: policy.most() });
            }
        }
        Ok(())
    }

    /// Part by part, so that whoever goes on with what was interrupted knows what is done. `asked` is what the act is about,
    /// `left` what of it is not done yet. A key that stands for another act is refused before anything is done; one whose act
    /// was over before something else was done about the hand-in is answered, and does nothing again.
    async fn carry_out(
        &self,
        deed: Deed,
        hand_in: &HandIn,
        asked: &BTreeSet<RegistrationId>,
        left: Vec<RegistrationId>,
        ask: &Ask,
    ) -> Result<Report, HandInError> {
        let deeds = self.deeds(hand_in.id).await?;
        let mut said = deeds.len();
        let mut act = self.act(deed, ask, hand_in, said, asked)?;
        if let Some(before) = deeds.iter().find(|before| before.key == act.key()) {
            act.repeats(&before.body).map_err(|KeyReused { key }| HandInError::KeyReused { key })?;
            if deeds.last().is_none_or(|last| last.correlation_id != act.correlation_id()) {
                let report = self.stored(hand_in.id, Some(ask)).await?.ok_or(HandInError::Unknown(hand_in.id))?;
                return Ok(Report { repeated: true, ..report });
            }
            act = self.going_on(&act, hand_in, said)?;
        }
        for part in limits::parts(left).map_err(LogError::from)? {
            let done = self.each(deed, hand_in, &act, said, part).await?;
            if !done.is_empty() {
                self.say(deed, hand_in.id, &act, done).await?;
                said += 1;
                act = self.going_on(&act, hand_in, said)?;
            }
        }
        self.stored(hand_in.id, Some(ask)).await?.ok_or(HandInError::Unknown(hand_in.id))
    }

    /// What was done about what a hand-in left out, by the envelopes of what is said of it.
    async fn deeds(&self, id: HandInId) -> Result<Vec<Envelope>, HandInError> {
        let recorded = self.inner().log.read_stream(&Stream::HandIn(id).to_string()).await?;
        let is_deed = |of: &&Recorded| ["AbsentWithdrawn", "WithdrawalTakenBack"].contains(&of.event_type.as_str());
        let envelope = |of: &Recorded| of.envelope().map_err(|problem| of.unreadable(problem).into());
        recorded.iter().filter(is_deed).map(envelope).collect()
    }

    /// The next part of an act.
    fn going_on(&self, act: &Command, hand_in: &HandIn, said: usize) -> Result<Command, HandInError> {
        let key = format!("{}:deed:{said}", hand_in.id);
        Ok(act.part(key, &hand_in.id, self.inner().clock.now()).map_err(LogError::from)?)
    }

    /// Withdraws registrations or puts them back, each in its own stream; gives those of which that is so now. `said` is how
    /// much was said of the hand-in before: what is done again after it was taken back is another command.
    async fn each(
        &self,
        deed: Deed,
        hand_in: &HandIn,
        act: &Command,
        said: usize,
        registrations: Vec<RegistrationId>,
    ) -> Result<Vec<RegistrationId>, HandInError> {
        let Inner { description, clock, .. } = self.inner();
        let name = match deed {
            Deed::Withdraw => "withdraw",
            Deed::TakeBack => "take-back",
        };
        let key = format!("{}:{name}:{said}", hand_in.id);
        let of_one = act.part(key, &hand_in.id, clock.now()).map_err(LogError::from)?;
        let reason = format!("{}（{}）里已没有此项，经办人确认注销", hand_in.file, hand_in.list);
        let decide = |state: &S| match deed {
            Deed::Withdraw => (description.withdraw)(state, &reason),
            Deed::TakeBack => Ok((description.put_back)(state)),
        };
        let mut waiting: Vec<BoxFuture<'_, _>> = Vec::with_capacity(registrations.len());
        for registration in registrations {
            waiting.push(Box::pin(self.one(deed, hand_in, &of_one, registration, decide)));
        }
        let done: Vec<Option<RegistrationId>> =
            futures::stream::iter(waiting).buffered(IN_FLIGHT).try_collect().await?;
        Ok(done.into_iter().flatten().collect())
    }

    async fn one(
        &self,
        deed: Deed,
        hand_in: &HandIn,
        command: &Command,
        registration: RegistrationId,
        decide: impl Fn(&S) -> Result<Vec<E>, Refusal>,
    ) -> Result<Option<RegistrationId>, HandInError> {
        let Inner { description, log, .. } = self.inner();
        let stream = Stream::Registration(self.office(), registration).to_string();
        if deed == Deed::TakeBack && !self.ends_with_withdrawal(&stream, hand_in, command).await? {
            return Ok(None);
        }
        let nothing = (description.initial)();
        match decide::handle(log, &stream, command, nothing, description.evolve, decide).await {
            Ok(_) => Ok(Some(registration)),
            Err(CommandError::Refused(refusal)) => {
                tracing::warn!(%registration, %refusal, ?deed, "an absent registration stays as it is");
                Ok(None)
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// Whether nothing was said of a registration since it was withdrawn because of a hand-in, but what this command said
    /// before it was interrupted.
    async fn ends_with_withdrawal(
        &self,
        stream: &str,
        hand_in: &HandIn,
        command: &Command,
    ) -> Result<bool, HandInError> {
        let Inner { description, log, .. } = self.inner();
        let recorded = log.read_stream(stream).await?;
        for event in recorded.iter().rev() {
            let envelope = event.envelope().map_err(|problem| event.unreadable(problem))?;
            if envelope.key != command.key() {
                let is_withdrawal = description.withdrawn_by.contains(&event.event_type.as_str());
                return Ok(is_withdrawal && envelope.causation_id == Some(hand_in.received));
            }
        }
        Ok(false)
    }

    /// Writes in the stream of the hand-in what was done.
    async fn say(
        &self,
        deed: Deed,
        id: HandInId,
        command: &Command,
        registrations: Vec<RegistrationId>,
    ) -> Result<(), HandInError> {
        let stream = Stream::HandIn(id).to_string();
        let event = match deed {
            Deed::Withdraw => HandInEvent::AbsentWithdrawn(AbsentWithdrawn { registrations }),
            Deed::TakeBack => HandInEvent::WithdrawalTakenBack(WithdrawalTakenBack { registrations }),
        };
        let say = |(): &()| -> Result<Vec<HandInEvent>, Refusal> { Ok(vec![event.clone()]) };
        decide::handle(&self.inner().log, &stream, command, (), |(), _: &HandInEvent| (), say).await.map_err(failed)?;
        Ok(())
    }

    /// The act of a person about registrations of a hand-in.
    fn act(
        &self,
        deed: Deed,
        ask: &Ask,
        hand_in: &HandIn,
        said: usize,
        asked: &BTreeSet<RegistrationId>,
    ) -> Result<Command, LogError> {
        let key = ask.key.clone().unwrap_or_else(|| format!("{}:{deed:?}:{said}", hand_in.id));
        let act = Command::of(&ask.actor, key, &(hand_in.id, asked), self.inner().clock.now())?
            .on_behalf_of(self.office())
            .traced(ask.traceparent.clone());
        Ok(act.answering(hand_in.received))
    }
}
