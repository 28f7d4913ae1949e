//! A list that only grows: its last part in memory, the rest in blocks on disk.

use crate::segments::{Damaged, Segments, Stored};
use imbl::Vector;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fmt::Debug;
use std::sync::Arc;

/// How many stand in a block.
const BLOCK: usize = 1024;

/// What happened, in order. A clone costs a few reference counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "T: Clone + Serialize + DeserializeOwned")]
pub struct Journal<T: Clone> {
    blocks: Vector<Block<T>>,
    tail: Vector<T>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "T: Clone + Serialize + DeserializeOwned")]
struct Block<T> {
    first: T,
    all: Stored<Vec<T>>,
}

impl<T: Clone> Default for Journal<T> {
    fn default() -> Self {
        Journal { blocks: Vector::new(), tail: Vector::new() }
    }
}

impl<T> Journal<T>
where
    T: Clone + Debug + Serialize + DeserializeOwned + Send + Sync + 'static,
{
    /// Appends one.
    pub(crate) fn push(&mut self, value: T, segments: &Segments) {
        self.tail.push_back(value);
        if self.tail.len() == BLOCK
            && let Some(first) = self.tail.front().cloned()
        {
            let all = segments.put(&std::mem::take(&mut self.tail).into_iter().collect());
            self.blocks.push_back(Block { first, all });
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.blocks.len() * BLOCK + self.tail.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One by its place.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn get(&self, index: usize, segments: &Segments) -> Result<Option<T>, Damaged> {
        match self.blocks.get(index / BLOCK) {
            Some(block) => Ok(block.all.read(segments)?.get(index % BLOCK).cloned()),
            None => Ok(self.tail.get(index - self.blocks.len() * BLOCK).cloned()),
        }
    }

    /// The place of the first for which `before` no longer holds; it holds for all before that one.
    ///
    /// # Errors
    /// When what decides cannot be read.
    pub fn partition_point(&self, before: impl Fn(&T) -> bool, segments: &Segments) -> Result<usize, Damaged> {
        let begun = partition_point(&self.blocks, |block| before(&block.first));
        let in_tail = self.tail.front().is_some_and(&before);
        if in_tail {
            return Ok(self.blocks.len() * BLOCK + partition_point(&self.tail, &before));
        }
        let Some((last, block)) = begun.checked_sub(1).and_then(|last| Some((last, self.blocks.get(last)?))) else {
            return Ok(0);
        };
        let all: Arc<Vec<T>> = block.all.read(segments)?;
        Ok(last * BLOCK + all.partition_point(&before))
    }

    /// Puts others in the place of some, by `change`, and says where stands on disk what must not be there any more.
    ///
    /// # Errors
    /// When what is to be changed cannot be read.
    pub(crate) fn amend(&mut self, change: impl Fn(&T) -> Option<T>, segments: &Segments) -> Result<Vec<u64>, Damaged> {
        let mut left = Vec::new();
        for block in &mut self.blocks {
            let all = block.all.read(segments)?;
            let changed: Vec<Option<T>> = all.iter().map(&change).collect();
            if changed.iter().any(Option::is_some) {
                left.push(block.all.place());
                let now: Vec<T> = changed.into_iter().zip(&*all).map(|(now, was)| now.unwrap_or(was.clone())).collect();
                block.first = now.first().cloned().unwrap_or_else(|| block.first.clone());
                block.all = segments.put(&now);
            }
        }
        for value in &mut self.tail {
            if let Some(now) = change(value) {
                *value = now;
            }
        }
        Ok(left)
    }
}

/// The index of the first element for which `before` no longer holds.
pub fn partition_point<T: Clone>(list: &Vector<T>, before: impl Fn(&T) -> bool) -> usize {
    let (mut low, mut high) = (0, list.len());
    while low < high {
        let middle = low + (high - low) / 2;
        if list.get(middle).is_some_and(&before) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_in_blocks_is_the_list() {
        let segments = Segments::in_memory();
        let mut journal = Journal::default();
        let of = |index: usize| index / 3 * 2;
        for index in 0..3 * BLOCK + 7 {
            assert_eq!(journal.len(), index);
            journal.push(of(index), &segments);
        }
        let all: Vec<usize> = (0..journal.len()).map(of).collect();
        for (index, value) in all.iter().enumerate() {
            assert_eq!(journal.get(index, &segments).unwrap(), Some(*value));
        }
        assert_eq!(journal.get(all.len(), &segments).unwrap(), None);
        for sought in 0..of(all.len()) + 3 {
            let expected = all.partition_point(|value| *value < sought);
            assert_eq!(journal.partition_point(|value| *value < sought, &segments).unwrap(), expected, "{sought}");
        }
        journal.amend(|value| (*value == of(5)).then_some(1), &segments).unwrap();
        assert_eq!(journal.get(5, &segments).unwrap(), Some(1));
        assert_eq!(journal.get(6, &segments).unwrap(), Some(of(6)));
    }
}
