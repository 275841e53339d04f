//! Interleaves the repetitions of all contenders, and prints a table per scenario.

use crate::Options;
use crate::measure::median;

/// One contender in one scenario: gives one figure per run.
pub type Contender<'a> = (&'static str, Box<dyn FnMut() -> f64 + 'a>);

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
}

/// What ours has to reach (`docs/figures.md`).
#[derive(Clone, Copy, Debug)]
pub enum Goal {
    /// So many times better than the best of the others.
    Times(f64),
    /// No more than this.
    AtMost(f64),
}

impl Goal {
    /// A line that says whether the goal is reached. Our figure is the first; `ratios` are those to the others.
    fn verdict(self, ours: f64, ratios: &[f64]) -> String {
        let closest = ratios.iter().copied().fold(f64::INFINITY, f64::min);
        let (text, reached) = match self {
            Self::Times(goal) => (format!("{goal} times the best of the others"), closest >= goal),
            Self::AtMost(goal) => (format!("at most {goal}"), ours <= goal),
        };
        format!("Goal: {text}: {}.", if reached { "reached" } else { "**missed**" })
    }
}

/// Where figures go.
pub struct Report {
    /// What was asked for.
    pub options: Options,
}

impl Report {
    /// An empty one.
    pub fn new(options: Options) -> Self {
        println!(
            "Medians of {} interleaved repetitions after one that warms up; CPU time of this process.",
            options.reps
        );
        println!("The ratio is ours to each contender: above 1 we are ahead.");
        Self { options }
    }

    /// Whether a scenario was asked for.
    pub fn wants(&self, scenario: &str) -> bool {
        self.options.only.as_deref().is_none_or(|only| scenario.starts_with(only))
    }

    /// Measures all contenders in turn, `reps` times after a first time that only warms up, and prints their medians.
    /// The first contender is ours.
    pub fn compare(
        &mut self,
        scenario: &str,
        unit: &str,
        (better, goal): (Better, Goal),
        contenders: Vec<Contender<'_>>,
    ) {
        if !self.wants(scenario) {
            return;
        }
        let wanted = |name: &str| self.options.peer.as_deref().is_none_or(|peer| name.contains(peer));
        let mut contenders: Vec<Contender<'_>> =
            contenders.into_iter().filter(|(name, _)| wanted(name)).collect();
        let mut figures = vec![Vec::new(); contenders.len()];
        for (_, warm_up) in &mut contenders {
            warm_up();
        }
        for _ in 0..self.options.reps {
            for ((_, run), figures) in contenders.iter_mut().zip(&mut figures) {
                figures.push(run());
            }
        }
        println!("\n### {scenario}\n\n| who | {unit} | spread | ratio |\n|---|---|---|---|");
        let medians: Vec<f64> = figures.iter_mut().map(|figures| median(figures)).collect();
        let ours = medians.first().copied().unwrap_or(f64::NAN);
        let mut ratios = Vec::new();
        for (((name, _), figures), median) in contenders.iter().zip(&figures).zip(&medians) {
            let (low, high) = (figures.first().unwrap_or(&0.0), figures.last().unwrap_or(&0.0));
            let ratio = match better {
                Better::Higher => ours / median,
                Better::Lower => median / ours,
            };
            if !name.starts_with("ours") {
                ratios.push(ratio);
            }
            println!("| {name} | {median:.3} | {:.0} % | {ratio:.2} |", (high - low) / median * 100.0);
        }
        println!("\n{}", goal.verdict(ours, &ratios));
    }
}
