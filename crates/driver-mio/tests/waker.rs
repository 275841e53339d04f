//! What an application waits for besides.

use ferry_mio::Driver;

use crate::suite::PATIENCE;

#[test]
fn what_the_application_waits_for_interrupts_the_wait() {
    let mut driver = Driver::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let waker = mio::Waker::new(driver.registry(), mio::Token(7)).unwrap();
    waker.wake().unwrap();
    assert!(driver.poll(Some(PATIENCE)).unwrap().is_none());
    assert_eq!(driver.take_ready().collect::<Vec<_>>(), [mio::Token(7)]);
}
