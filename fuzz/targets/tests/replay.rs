//! Replays the committed corpus, and runs each target over bytes that follow from a seed.

use std::fs;
use std::path::Path;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng, SeedableRng};

#[test]
fn the_corpus_of_every_target_is_replayed_without_a_finding() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus");
    for (name, target) in targets::ALL {
        let folder = corpus.join(name);
        let entries = fs::read_dir(&folder).unwrap_or_else(|_| panic!("{name} has no corpus"));
        let mut count = 0;
        for entry in entries {
            let path = entry.unwrap().path();
            println!("{}", path.display());
            target(&fs::read(&path).unwrap());
            count += 1;
        }
        assert!(count > 0, "{name} has an empty corpus");
    }
}

#[test]
fn bytes_that_follow_from_a_seed_are_survived() {
    for (name, target) in targets::ALL {
        for seed in 0..60 {
            println!("{name}, seed {seed}");
            let mut rng = ChaCha20Rng::seed_from_u64(seed);
            let mut data = vec![0; (seed as usize + 1) * 40];
            rng.fill_bytes(&mut data);
            target(&data);
        }
    }
}
