#![allow(warnings, clippy::all)]
#[path = "../tests/support/stack.rs"]
mod stack;
use stack::setup::*; use stack::plan::*;
use sim::node::*; use sim::Node; use core::time::Duration;
fn main() {
    let a: Vec<u64> = std::env::args().skip(1).map(|x| x.parse().unwrap()).collect();
    let mut all = vec![];
    for seed in 0..500 {
        let path: Vec<Box<dyn Node>> = vec![Box::new(Delay::new(Duration::from_millis(a[0]))), Box::new(Loss::uniform(a[1] as f64/100.0))];
        let mut world = World::new(seed, [End::new(0, path), End::new(1, Vec::new())]);
        world.signalling_delay = Duration::ZERO;
        let start = world.now();
        let c = Channel { index: 0, ordered: true, promise: Promise::Reliable };
        world.perform(0, Action::Create(c));
        world.run_until(Duration::from_secs(100), |w| w.both(|p| p.has_open(&[c]))).unwrap();
        let st = |i: usize, f: fn(&rtc::Event) -> bool| world.peer(i).log.iter().find(|(_, e)| f(e)).map_or(0, |(at, _)| at.since(start).as_millis());
        let s: Vec<Vec<u128>> = (0..2).map(|i| vec![
          st(i, |e| matches!(e, rtc::Event::IceConnectionStateChange(rtc::IceConnectionState::Connected))),
          st(i, |e| matches!(e, rtc::Event::DtlsTransportStateChange(_, rtc::DtlsTransportState::Connected))),
          st(i, |e| matches!(e, rtc::Event::SctpTransportStateChange(rtc::SctpTransportState::Connected))),
          st(i, |e| matches!(e, rtc::Event::DataChannelOpen(..)))]).collect();
        all.push((world.now().since(start).as_millis(), seed, s));
    }
    all.sort();
    for x in all.iter().rev().take(25) { println!("{x:?}"); }
}
