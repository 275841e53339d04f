//! What a peer can make an agent hold, counted by the allocator of this program, thread by thread.

use base::{Path, Protocol};
use ice::{Config, Role};
use stun::Attribute;

use crate::support::net::{HERE, Single, address, raw};

/// How many addresses the application has, the last of them [`HERE`].
const LOCALS: usize = 64;

/// Fills every list: candidates with the longest texts, of which each has pairs with all addresses; checks that nobody answers;
/// checks of ours from a thousand addresses, in two copies; answers that nobody polls; and all of it once more for the next
/// generation, while the one before lasts.
fn attack(config: Config) {
    let mut single = Single::new(config, Role::Controlling);
    for port in 1..LOCALS {
        let local = address(&format!("192.0.2.1:{}", 2000 + port));
        single.agent.add_local_address(single.now, local, Protocol::Udp).unwrap();
    }
    for generation in 0..3 {
        if generation > 0 {
            single.agent.restart(single.now);
        }
        single.agent.set_remote_parameters(single.now, raw::parameters()).unwrap();
        for number in 0..1100_usize {
            let far = format!("198.51.{}.{}:9", 100 + number / 250, 1 + number % 250);
            let foundation = ice::Foundation::new(&format!("{number:032}")).unwrap();
            let mut candidate = raw::candidate(&far);
            candidate.foundation = foundation;
            candidate.username_fragment = Some(raw::FRAGMENT.into());
            // Those beyond the limit are refused.
            let _ = single.agent.add_remote_candidate(single.now, candidate);
        }
        for number in 0..1000_u64 {
            let from = address(&format!("203.0.{}.{}:9", 113 + number / 250, 1 + number % 250));
            let attributes = [Attribute::Priority(9 + number as u32), Attribute::IceControlled(1)];
            let check = raw::check(&single.agent, number + 2000 * generation, &attributes);
            for here in [HERE, "192.0.2.1:2001"] {
                let path = Path::udp(address(here), from);
                let _ = single.agent.handle_input(single.now, path, &check);
            }
            if number % 100 == 99 {
                single.drain_for(500);
            }
        }
        single.drain_for(20_000);
        for number in 0..200 {
            let _ = single.check_from("203.0.113.250:9", &[Attribute::Priority(number)]);
        }
    }
}

/// The sum of the lists, each with what it costs to grow.
#[test]
fn every_list_at_its_limit_in_two_generations_holds_no_more_than_is_said() {
    let mut large = Config::default();
    (large.max_remote_candidates, large.max_pairs, large.max_discovered_pairs) = (1000, 1000, 300);
    for config in [Config::default(), large] {
        let most = config.most_heap();
        let taken = allocation_counter::measure(|| attack(config)).bytes_max as usize;
        println!("{taken} bytes of {most}");
        assert!(taken < most, "{taken} bytes of {most}");
        assert!(taken > most / 4, "{taken} bytes of {most}: the lists were filled");
    }
}
