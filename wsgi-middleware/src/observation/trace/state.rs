//! `tracestate`: what other tracing systems have to say. Nothing is changed in it; it passes if it is well-formed.

const MOST_MEMBERS: usize = 32;
const LONGEST_VALUE: usize = 256;

/// Whether the field lines are one list as W3C Trace Context §3.3.1 "tracestate Header Field Values" has it: no more than
/// 32 members, each key once.
pub(super) fn is_valid<'f>(lines: impl Iterator<Item = &'f [u8]>) -> bool {
    let mut keys: Vec<&[u8]> = Vec::new();
    for member in lines.flat_map(|line| line.split(|&byte| byte == b',')) {
        let member = trim(member);
        if member.is_empty() {
            continue; // §3.3.1.1 "list": members may be empty
        }
        let Some(equals) = member.iter().position(|&byte| byte == b'=') else {
            return false;
        };
        let (key, value) = (&member[..equals], &member[equals + 1..]);
        if !is_key(key) || !is_value(value) || keys.contains(&key) || keys.len() == MOST_MEMBERS {
            return false;
        }
        keys.push(key);
    }
    true
}

/// §3.3.1.3.1 "Key": `vendor`, or `tenant@vendor`.
fn is_key(key: &[u8]) -> bool {
    let is_name = |name: &[u8], longest: usize, may_begin_with_digit: bool| {
        let begins = match name.first() {
            Some(b'a'..=b'z') => true,
            Some(b'0'..=b'9') => may_begin_with_digit,
            _ => false,
        };
        begins && name.len() <= longest && name.iter().all(is_key_character)
    };
    match key.iter().position(|&byte| byte == b'@') {
        None => is_name(key, 256, false),
        Some(at) => is_name(&key[..at], 241, true) && is_name(&key[at + 1..], 14, false),
    }
}

fn is_key_character(byte: &u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'*' | b'/')
}

/// §3.3.1.3.2 "Value": printable ASCII but for commas and equals signs, and not a space at the end, which was cut off.
fn is_value(value: &[u8]) -> bool {
    let is_character = |byte: &u8| matches!(byte, b' '..=b'~') && !matches!(byte, b',' | b'=');
    (1..=LONGEST_VALUE).contains(&value.len()) && value.iter().all(is_character)
}

/// Optional white space (RFC 9110 §5.6.3) around a member.
fn trim(mut member: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = member {
        member = rest;
    }
    member
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_valid_line(line: &str) -> bool {
        is_valid([line.as_bytes()].into_iter())
    }

    #[test]
    fn members_are_as_the_specification_has_them() {
        let long = |length: usize| "a".repeat(length);
        #[rustfmt::skip]
        let cases = [
            ("", true),
            ("congo=t61rcWkgMzE", true),
            ("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE", true),
            ("rojo=1 , \tcongo=2 ,,", true),
            ("fw529a3039@dt=FfAJ8F;A b", true),
            ("0tenant@vendor=1", true),
            ("a_-*/0=!~", true),
            ("rojo", false),
            ("rojo=", false),
            ("=1", false),
            ("rojo=a=b", false),
            ("Rojo=1", false),
            ("0rojo=1", false),
            ("ro jo=1", false),
            ("rojo =1", false),
            ("rojo=a\tb", false),
            ("rojo=\u{e9}", false),
            ("tenant@0vendor=1", false),
            ("@vendor=1", false),
            ("tenant@=1", false),
            ("a@b@c=1", false),
            ("rojo=1,congo=2,rojo=3", false),
            (&format!("{}=1", long(256)), true),
            (&format!("{}=1", long(257)), false),
            (&format!("{}@{}=1", long(241), long(14)), true),
            (&format!("{}@{}=1", long(242), long(14)), false),
            (&format!("{}@{}=1", long(241), long(15)), false),
            (&format!("a={}", long(256)), true),
            (&format!("a={}", long(257)), false),
        ];
        for (line, expected) in cases {
            assert_eq!(is_valid_line(line), expected, "{line}");
        }
    }

    #[test]
    fn lines_are_one_list_of_at_most_32_members() {
        let members = |range: std::ops::Range<usize>| {
            range
                .map(|n| format!("k{n}=1"))
                .collect::<Vec<_>>()
                .join(",")
        };
        assert!(is_valid_line(&members(0..32)));
        assert!(!is_valid_line(&members(0..33)));
        let (first, second) = (members(0..20), members(20..33));
        assert!(!is_valid([first.as_bytes(), second.as_bytes()].into_iter()));
        assert!(!is_valid([&b"a=1"[..], b"a=2"].into_iter()));
        assert!(is_valid([&b"a=1"[..], b"b=2"].into_iter()));
    }
}
