//! The public surface: what may grow says so.

use std::fs;

use anyhow::{Context, Result};
use syn::{Attribute, Fields, Ident, Item, Visibility};

use crate::shell::{output, root};

/// What begins the comment with the reason of a type that cannot grow.
const CLOSED: &str = "// Closed: ";

/// Checks the sources of the libraries. Nobody depends on the demo, which is a program.
pub(crate) fn check(wrong: &mut Vec<String>) -> Result<()> {
    for name in output("git", &["ls-files", "crates/*/src/*.rs", ":!crates/demo"])?.lines() {
        let text = fs::read_to_string(root().join(name))?;
        let file = syn::parse_file(&text).with_context(|| format!("cannot read {name}"))?;
        check_growth(name, &text, &file.items, wrong);
    }
    Ok(())
}

/// Enums, and structs that can be written field by field, are `#[non_exhaustive]`, or closed for a reason
/// (docs/decisions/what-may-grow.md).
fn check_growth(name: &str, text: &str, items: &[Item], wrong: &mut Vec<String>) {
    for item in items {
        if let Item::Mod(module) = item {
            let inner = module.content.as_ref().map_or(&[][..], |(_, items)| items);
            check_growth(name, text, inner, wrong);
        }
        let Some((ident, attributes)) = open_type(item) else { continue };
        let may_grow = attributes.iter().any(|attribute| attribute.path().is_ident("non_exhaustive"));
        let complaint = match (may_grow, is_closed(text, ident)) {
            (false, false) => format!("is neither #[non_exhaustive] nor `{CLOSED}why`"),
            (true, true) => "is #[non_exhaustive], and says that it is closed".into(),
            _ => continue,
        };
        wrong.push(format!("{name}: {ident} {complaint}"));
    }
}

/// A public type that others can match or write whole: an enum, or a struct of named fields that are all public.
fn open_type(item: &Item) -> Option<(&Ident, &[Attribute])> {
    let is_public = |visibility: &Visibility| matches!(visibility, Visibility::Public(_));
    match item {
        Item::Enum(item) if is_public(&item.vis) => Some((&item.ident, &item.attrs)),
        Item::Struct(item) if is_public(&item.vis) => match &item.fields {
            Fields::Named(fields) if fields.named.iter().all(|field| is_public(&field.vis)) => {
                Some((&item.ident, &item.attrs))
            }
            _ => None,
        },
        _ => None,
    }
}

/// Whether the reason why a type is closed stands between its documentation and itself.
fn is_closed(text: &str, ident: &Ident) -> bool {
    let heads = [format!("pub enum {ident}"), format!("pub struct {ident}")];
    let is_head = |line: &&str| {
        let rest = heads.iter().find_map(|head| line.trim_start().strip_prefix(head.as_str()));
        rest.is_some_and(|rest| rest.starts_with([' ', '<']))
    };
    let above: Vec<&str> = text.lines().take_while(|line| !is_head(line)).collect();
    let own = above.iter().rev().map(|line| line.trim_start());
    own.take_while(|line| !line.is_empty() && !line.starts_with("///")).any(|line| line.starts_with(CLOSED))
}
