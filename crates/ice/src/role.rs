//! Roles, and what happens when both agents claim the same (RFC 8445 §6.1.1 and §7.3.1.1).

/// Which agent decides on the pair.
///
/// Example: [on the first page](crate).
// Closed: RFC 8445 §6.1.1 has these two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// It nominates.
    Controlling,
    /// It follows.
    Controlled,
}

impl Role {
    /// The other one.
    #[must_use]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Controlling => Self::Controlled,
            Self::Controlled => Self::Controlling,
        }
    }

    /// The word that W3C has for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Controlling => "controlling",
            Self::Controlled => "controlled",
        }
    }
}

/// What a claim in a check means for the agent that receives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The roles differ.
    Agreed,
    /// The roles are the same, and the receiver takes the other one.
    Switch,
    /// The roles are the same, and the sender has to take the other one: error 487.
    Refuse,
}

/// Compares our role and tie-breaker with the claim of the peer.
pub(crate) fn resolve(ours: Role, our_tie_breaker: u64, theirs: Role, their_tie_breaker: u64) -> Verdict {
    if ours != theirs {
        return Verdict::Agreed;
    }
    // The larger tie-breaker becomes, or stays, the controlling agent.
    let we_control = our_tie_breaker >= their_tie_breaker;
    match (ours, we_control) {
        (Role::Controlling, true) | (Role::Controlled, false) => Verdict::Refuse,
        (Role::Controlling, false) | (Role::Controlled, true) => Verdict::Switch,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8445 §7.3.1.1.
    #[test]
    fn all_four_conflicts_end_with_the_larger_tie_breaker_in_control() {
        use Role::{Controlled, Controlling};
        assert_eq!(resolve(Controlling, 9, Controlling, 5), Verdict::Refuse);
        assert_eq!(resolve(Controlling, 5, Controlling, 9), Verdict::Switch);
        assert_eq!(resolve(Controlled, 9, Controlled, 5), Verdict::Switch);
        assert_eq!(resolve(Controlled, 5, Controlled, 9), Verdict::Refuse);
        assert_eq!(resolve(Controlling, 5, Controlled, 9), Verdict::Agreed);
    }
}
