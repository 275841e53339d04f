//! Queues that are empty as a rule.

use alloc::collections::VecDeque;

/// Elements that a queue has room for once something has been in it.
const FIRST_CAPACITY: usize = 4;

/// Takes the front of a queue; the last to go takes along the memory that a burst left.
///
/// For what comes rarely and then in a burst, as the events of a set-up do. Where one comes now and then, the queue keeps
/// the room for it.
#[inline]
pub fn take_front<T>(queue: &mut VecDeque<T>) -> Option<T> {
    take_front_but(queue, FIRST_CAPACITY)
}

/// Takes the front of a queue, and gives memory back as it empties; the room for `kept` elements stays.
///
/// A queue that holds less than a quarter of what it has room for gives half of that back, so that a step costs the same on
/// average, and what a queue takes follows what is in it.
#[inline]
pub fn take_front_but<T>(queue: &mut VecDeque<T>, kept: usize) -> Option<T> {
    let front = queue.pop_front()?;
    if queue.capacity() > kept {
        give_back(queue);
    }
    Some(front)
}

/// Gives back what a burst left. Apart, so that the step that nearly always finds nothing to give back is a short one.
#[cold]
fn give_back<T>(queue: &mut VecDeque<T>) {
    let room = queue.capacity();
    if queue.is_empty() {
        *queue = VecDeque::new();
    } else if queue.len() < room / 4 {
        queue.shrink_to(room / 2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_queue_takes_follows_what_is_in_it() {
        let mut queue: VecDeque<u64> = (0..10_000).collect();
        while let Some(front) = take_front_but(&mut queue, 64) {
            assert!(
                queue.capacity() <= 64.max(4 * queue.len() + 4),
                "{front}: room for {}",
                queue.capacity()
            );
        }
    }

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
