//! Queues that are empty as a rule.

use alloc::collections::VecDeque;

/// Elements that a queue has room for once something has been in it.
const FIRST_CAPACITY: usize = 4;

/// Takes the front of a queue; the last to go takes along the memory that a burst left.
///
/// For what comes rarely and then in a burst, as the events of a set-up do. Where one comes now and then, the queue keeps
/// the room for it.
pub fn take_front<T>(queue: &mut VecDeque<T>) -> Option<T> {
    let front = queue.pop_front()?;
    if queue.is_empty() && queue.capacity() > FIRST_CAPACITY {
        *queue = VecDeque::new();
    }
    Some(front)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_keeps_no_memory_of_a_burst_and_the_room_for_a_few() {
        let mut queue: VecDeque<u64> = (0..20).collect();
        while take_front(&mut queue).is_some() {}
        assert_eq!(queue.capacity(), 0);
        queue.push_back(1);
        let room = queue.capacity();
        assert_eq!((take_front(&mut queue), queue.capacity()), (Some(1), room));
    }
}
