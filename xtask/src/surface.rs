//! The public surface: what may grow says so, what users meet first has an example, and comes first.

use std::fs;

use anyhow::{Context, Result};
use syn::{Attribute, Expr, Fields, Ident, Item, Lit, Meta, Visibility};

use crate::shell::{output, root};

/// What begins the comment with the reason of a type that cannot grow.
const CLOSED: &str = "// Closed: ";

/// The crate that users meet first: each of its types has an example, or says where one is.
const FIRST: &str = "crates/rtc/src/";

/// Where rustdoc begins to list the methods of `PeerConnection`: it goes through the modules in order.
const CONSTRUCTORS: [(&str, &str); 2] =
    [("crates/rtc/src/lib.rs", "peer_connection"), ("crates/rtc/src/peer_connection.rs", "construction")];

/// Checks the sources of the libraries. Nobody depends on the demo, which is a program.
pub(crate) fn check(wrong: &mut Vec<String>) -> Result<()> {
    for name in output("git", &["ls-files", "crates/*/src/*.rs", ":!crates/demo"])?.lines() {
        let text = fs::read_to_string(root().join(name))?;
        let file = syn::parse_file(&text).with_context(|| format!("cannot read {name}"))?;
        check_growth(name, &text, &file.items, wrong);
        if name.starts_with(FIRST) {
            check_examples(name, &file.items, wrong);
        }
        check_constructor(name, &file.items, wrong);
    }
    Ok(())
}

/// `new` is the first method that the documentation of `PeerConnection` lists.
fn check_constructor(name: &str, items: &[Item], wrong: &mut Vec<String>) {
    let Some((_, expected)) = CONSTRUCTORS.iter().find(|(file, _)| *file == name) else { return };
    let first = items.iter().find_map(|item| match item {
        Item::Mod(module) => Some(&module.ident),
        _ => None,
    });
    if first.is_none_or(|first| first != expected) {
        wrong.push(format!("{name}: {expected} is the first module, so that `new` is the first method"));
    }
}

fn check_examples(name: &str, items: &[Item], wrong: &mut Vec<String>) {
    for item in items {
        let (visibility, ident, attributes) = match item {
            Item::Enum(item) => (&item.vis, &item.ident, &item.attrs),
            Item::Struct(item) => (&item.vis, &item.ident, &item.attrs),
            _ => continue,
        };
        let shows = |line: String| line.contains("```") || line.contains("Example: [");
        if is_public(visibility) && !attributes.iter().filter_map(doc_line).any(shows) {
            wrong.push(format!("{name}: {ident} has no example, and no `Example: [` that leads to one"));
        }
    }
}

/// A line of documentation.
fn doc_line(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(meta) = &attribute.meta else { return None };
    match &meta.value {
        Expr::Lit(value) if meta.path.is_ident("doc") => match &value.lit {
            Lit::Str(line) => Some(line.value()),
            _ => None,
        },
        _ => None,
    }
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

const fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
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
