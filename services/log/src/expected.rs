//! Whether an append, a delete or a tombstone is allowed, given what its sender believes about the stream. Pure.

/// What the sender of a write believes about the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Nothing.
    Any,
    /// It has no events, or was soft-deleted.
    NoStream,
    /// It has events or metadata and is not deleted.
    StreamExists,
    /// Its last event has this revision.
    Revision(u64),
}

/// What the log knows about the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Current {
    /// Revision of the last event ever written; a soft delete does not take it away.
    pub last: Option<u64>,
    /// Whether stream metadata was ever set.
    pub has_metadata: bool,
    /// Whether all events are hidden and the next append brings the stream back.
    pub soft_deleted: bool,
    /// Whether the stream is closed for ever.
    pub tombstoned: bool,
}

/// The answer to an append.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Write, the first event at this revision.
    Write {
        /// Revision of the first event.
        first: u64,
    },
    /// Every event is already recorded where it should be: success again, nothing to write.
    Already {
        /// Revision of the last of them.
        last: u64,
    },
    /// The belief is wrong, or only some of the events are recorded.
    WrongRevision,
    /// The stream is tombstoned, or soft-deleted while the sender requires it to exist.
    Deleted,
    /// There never was such a stream (answer to deletes only).
    NotFound,
}

/// Where recorded events with the proposed ids have to be looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// Nowhere: no answer depends on it.
    None,
    /// Anywhere in the stream.
    Anywhere,
    /// The first at this revision and each following one at the next.
    From(u64),
}

/// Which recorded events `append` must be told about.
pub fn lookup(expected: Expected, current: Current) -> Lookup {
    match (expected, current.last) {
        (_, None) => Lookup::None,
        (Expected::Any | Expected::StreamExists, Some(_)) => Lookup::Anywhere,
        (Expected::NoStream, Some(_)) => Lookup::From(0),
        (Expected::Revision(revision), Some(last)) if revision < last => Lookup::From(revision + 1),
        (Expected::Revision(_), Some(_)) => Lookup::None,
    }
}

/// Decides an append. `recorded` holds, for each proposed event in order, the revision at which `lookup` found its id.
pub fn append(expected: Expected, current: Current, recorded: &[Option<u64>]) -> Decision {
    if current.tombstoned {
        return Decision::Deleted;
    }
    let write = Decision::Write { first: current.last.map_or(0, |last| last + 1) };
    let all = |otherwise: Decision| match (recorded.first(), recorded.last()) {
        (None, None) | (Some(None), _) => otherwise,
        (_, Some(&Some(last))) if recorded.iter().all(Option::is_some) => Decision::Already { last },
        _ => Decision::WrongRevision,
    };
    match expected {
        Expected::Any => all(write),
        Expected::StreamExists if current.soft_deleted => Decision::Deleted,
        Expected::StreamExists if current.last.is_none() && !current.has_metadata => Decision::WrongRevision,
        Expected::StreamExists => all(write),
        Expected::NoStream if current.last.is_none() => write,
        Expected::NoStream if current.soft_deleted => all(write),
        Expected::NoStream => all(Decision::WrongRevision),
        Expected::Revision(revision) if current.last == Some(revision) => write,
        Expected::Revision(_) => all(Decision::WrongRevision),
    }
}

/// Decides a soft delete. Deleting a soft-deleted stream again is allowed, and so is deleting one that has metadata
/// alone.
pub fn delete(expected: Expected, current: Current) -> Decision {
    let never_was = current.last.is_none() && !current.has_metadata;
    if !current.tombstoned && never_was && !matches!(expected, Expected::Revision(_)) {
        return Decision::NotFound;
    }
    append(expected, current, &[])
}

/// Decides a tombstone. A stream that never existed can be closed too, unless the sender requires it to exist.
pub fn tombstone(expected: Expected, current: Current) -> Decision {
    if !current.tombstoned && current.last.is_none() && expected == Expected::StreamExists {
        return Decision::NotFound;
    }
    append(expected, current, &[])
}

#[cfg(test)]
mod tests {
    use super::*;

    const MISSING: Current = Current { last: None, has_metadata: false, soft_deleted: false, tombstoned: false };
    const NOTED: Current = Current { has_metadata: true, ..MISSING };
    const LIVE: Current = Current { last: Some(2), ..MISSING };
    const HIDDEN: Current = Current { has_metadata: true, soft_deleted: true, ..LIVE };
    const CLOSED: Current = Current { tombstoned: true, ..LIVE };

    use Decision::{Already, Deleted, NotFound, Write, WrongRevision};
    use Expected::{Any, NoStream, Revision, StreamExists};

    #[test]
    fn new_events_are_decided_by_what_the_sender_believes() {
        let table = [
            (MISSING, Any, Write { first: 0 }),
            (MISSING, NoStream, Write { first: 0 }),
            (MISSING, StreamExists, WrongRevision),
            (MISSING, Revision(0), WrongRevision),
            (NOTED, Any, Write { first: 0 }),
            (NOTED, NoStream, Write { first: 0 }),
            (NOTED, StreamExists, Write { first: 0 }),
            (NOTED, Revision(0), WrongRevision),
            (LIVE, Any, Write { first: 3 }),
            (LIVE, NoStream, WrongRevision),
            (LIVE, StreamExists, Write { first: 3 }),
            (LIVE, Revision(1), WrongRevision),
            (LIVE, Revision(2), Write { first: 3 }),
            (LIVE, Revision(3), WrongRevision),
            (HIDDEN, Any, Write { first: 3 }),
            (HIDDEN, NoStream, Write { first: 3 }),
            (HIDDEN, StreamExists, Deleted),
            (HIDDEN, Revision(1), WrongRevision),
            (HIDDEN, Revision(2), Write { first: 3 }),
            (CLOSED, Any, Deleted),
            (CLOSED, NoStream, Deleted),
            (CLOSED, StreamExists, Deleted),
            (CLOSED, Revision(2), Deleted),
        ];
        for (current, expected, decision) in table {
            assert_eq!(append(expected, current, &[None, None]), decision, "{current:?} {expected:?}");
        }
    }

    #[test]
    fn events_that_are_recorded_already_succeed_again() {
        let table = [
            (LIVE, Any, vec![Some(1), Some(2)], Already { last: 2 }),
            (LIVE, StreamExists, vec![Some(0)], Already { last: 0 }),
            (LIVE, NoStream, vec![Some(0), Some(1)], Already { last: 1 }),
            (LIVE, Revision(0), vec![Some(1), Some(2)], Already { last: 2 }),
            (HIDDEN, NoStream, vec![Some(0)], Already { last: 0 }),
        ];
        for (current, expected, recorded, decision) in table {
            assert_eq!(append(expected, current, &recorded), decision, "{current:?} {expected:?} {recorded:?}");
        }
    }

    #[test]
    fn events_of_which_only_some_are_recorded_are_a_wrong_revision() {
        for expected in [Any, StreamExists, NoStream, Revision(0)] {
            assert_eq!(append(expected, LIVE, &[Some(1), Some(2), None]), WrongRevision, "{expected:?}");
        }
        assert_eq!(append(NoStream, HIDDEN, &[Some(0), None]), WrongRevision);
    }

    #[test]
    fn recorded_events_are_looked_for_where_the_belief_places_them() {
        assert_eq!(lookup(Revision(2), LIVE), Lookup::None);
        assert_eq!(lookup(Revision(0), LIVE), Lookup::From(1));
        assert_eq!(lookup(NoStream, LIVE), Lookup::From(0));
        assert_eq!(lookup(Any, LIVE), Lookup::Anywhere);
        assert_eq!(lookup(Any, MISSING), Lookup::None);
    }

    #[test]
    fn an_append_of_nothing_only_checks_the_belief() {
        assert_eq!(append(Any, MISSING, &[]), Write { first: 0 });
        assert_eq!(append(Revision(0), LIVE, &[]), WrongRevision);
        assert_eq!(append(Revision(2), LIVE, &[]), Write { first: 3 });
    }

    #[test]
    fn a_delete_of_what_never_was_is_not_found() {
        for expected in [Any, StreamExists, NoStream] {
            assert_eq!(delete(expected, MISSING), NotFound, "{expected:?}");
        }
        assert_eq!(delete(Revision(0), MISSING), WrongRevision);
    }

    #[test]
    fn a_stream_with_metadata_alone_can_be_deleted() {
        for expected in [Any, StreamExists, NoStream] {
            assert_eq!(delete(expected, NOTED), Write { first: 0 }, "{expected:?}");
        }
        assert_eq!(delete(Revision(0), NOTED), WrongRevision);
        let deleted = Current { soft_deleted: true, ..NOTED };
        assert_eq!(append(NoStream, deleted, &[None]), Write { first: 0 });
    }

    #[test]
    fn a_deleted_stream_can_be_deleted_again_but_does_not_exist() {
        assert_eq!(delete(Any, HIDDEN), Write { first: 3 });
        assert_eq!(delete(Revision(2), HIDDEN), Write { first: 3 });
        assert_eq!(delete(Revision(1), HIDDEN), WrongRevision);
        assert_eq!(delete(StreamExists, HIDDEN), Deleted);
        assert_eq!(delete(Any, CLOSED), Deleted);
    }

    #[test]
    fn a_stream_that_never_was_can_be_closed() {
        assert_eq!(tombstone(Any, MISSING), Write { first: 0 });
        assert_eq!(tombstone(NoStream, MISSING), Write { first: 0 });
        assert_eq!(tombstone(StreamExists, MISSING), NotFound);
        assert_eq!(tombstone(Revision(1), LIVE), WrongRevision);
        assert_eq!(tombstone(Any, CLOSED), Deleted);
    }
}
