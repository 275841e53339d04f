//! Queues that are empty as a rule.

use alloc::collections::VecDeque;

/// Takes the front of a queue; the last to go takes the queue's memory along.
///
/// For what comes rarely and then in a burst, as the events of a set-up do. A queue through which packets or messages
/// flow had better keep its memory.
pub fn take_front<T>(queue: &mut VecDeque<T>) -> Option<T> {
    let front = queue.pop_front()?;
    if queue.is_empty() {
        *queue = VecDeque::new();
    }
    Some(front)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_emptied_queue_keeps_no_memory() {
        let mut queue = VecDeque::from([1, 2]);
        assert_eq!(take_front(&mut queue), Some(1));
        assert!(queue.capacity() > 0);
        assert_eq!(take_front(&mut queue), Some(2));
        assert_eq!((take_front(&mut queue), queue.capacity()), (None, 0));
    }
}
