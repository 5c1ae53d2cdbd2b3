//! How a line of the access log reads.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, LazyLock};

use thiserror::Error;

use super::atom::Atom;
use super::pattern::{Pattern, Piece};

/// How a line of the access log reads: one of three well-known ways, or as a format string says.
///
/// A format string is that of Gunicorn's `--access-logformat` or Apache's `LogFormat`; it is taken apart once.
///
/// | Gunicorn | Apache | what it is |
/// |---|---|---|
/// | `%(h)s` | `%h`, `%a` | `REMOTE_ADDR`; `-` for a client on a unix socket |
/// | `%(l)s` | `%l` | `-` |
/// | `%(u)s` | `%u` | `REMOTE_USER`, else the name that Basic credentials claim |
/// | `%(t)s` | `%t` | when the request came: `[10/Oct/2000:13:55:36 +0000]`, UTC |
/// | `%(r)s` | `%r` | the request line: `GET /a?b HTTP/1.1` |
/// | `%(m)s` | `%m` | method |
/// | `%(U)s` | `%U` | path, decoded, without query |
/// | `%(q)s` | `%q` | query; Apache's begins with `?` when there is one |
/// | `%(H)s` | `%H` | protocol |
/// | `%(s)s` | `%s`, `%>s` | status |
/// | `%(B)s` | `%B` | size of the body in bytes |
/// | `%(b)s` | `%b` | the same, `-` instead of 0 |
/// | `%(f)s` | `%{Referer}i` | `Referer` |
/// | `%(a)s` | `%{User-Agent}i` | `User-Agent` |
/// | `%(T)s` | `%T`, `%{s}T` | duration in whole seconds |
/// | `%(M)s` | `%{ms}T` | in milliseconds |
/// | `%(D)s` | `%D`, `%{us}T` | in microseconds |
/// | `%(L)s` | | in seconds with six decimals |
/// | `%(p)s` | `%P` | the process: `<4711>`; Apache's is `4711` |
/// | `%({name}i)s` | `%{name}i` | header field of the request |
/// | `%({name}o)s` | `%{name}o` | header field of the response |
/// | `%({name}e)s` | `%{name}e` | variable of the environ; `%p` and `%v` are `SERVER_PORT` and `SERVER_NAME` |
/// | `%(refused)s` | | why the server refused the request; ours, as are the following |
/// | `%(route)s` | | the pattern that the path matched, as routers and [`ROUTE`](wsgi_core::environ::ROUTE) tell it |
/// | `%(request_id)s` | | [`REQUEST_ID`](wsgi_core::environ::REQUEST_ID), else the request's `X-Request-Id` |
/// | `%(trace_id)s` | | [`TRACE_ID`](wsgi_core::environ::TRACE_ID), which the layer `Trace` sets |
/// | `%(span_id)s` | | [`SPAN_ID`](wsgi_core::environ::SPAN_ID), likewise |
/// | `%%` | `%%` | a percent sign |
///
/// Names in braces are compared without case; fields that came several times are joined by `, `. The request line and its
/// parts are as the request came in, all else is what inner layers have made of it.
///
/// # Escaping
/// No client can forge a line, or a field of it. In text, absent values are `-`, and these bytes are written as `\xNN`:
/// `"`, `\`, control characters, bytes above 0x7E, spaces where the format has no quotes around the value, and the
/// character that follows the value in the format (the one before it, at the end of the line). A format that begins with `{` and ends with `}` is JSON: within quotes
/// values are escaped as JSON has it, and where there are no quotes they bring their own, or are `null`. Bytes that
/// are no UTF-8 are written as `\xNN` there.
///
/// # What is appended
/// Lines of refused requests have ` refused="…"` behind all else, in JSON the key `refused`, unless the format says where
/// by `%(refused)s`. Lines with timing end in the phases of their [`Ledger`](wsgi_core::Ledger) in whole
/// microseconds: in text as ` parse=21 receive=- queue=400 interpreter=0 app=1200 stream=3 drain=15 first_byte=1639
/// total=1639`, in JSON as an object `timing_us` with these keys. All nine are there in this order; those that are not
/// known are `-` or `null`. But for rounding, the first seven of a response that was sent add up to `total`.
///
/// # Examples
/// ```
/// use wsgi_middleware::AccessLogFormat;
///
/// let format: AccessLogFormat = r#"%(h)s "%(r)s" %(s)s %(L)s "%({x-forwarded-for}i)s""#.parse()?;
/// let error = AccessLogFormat::parse("%(h)s %(x)s").unwrap_err();
/// assert!(error.to_string().starts_with("atom \"%(x)s\" at character 7 is unknown; known are %(h)s "));
/// # Ok::<(), wsgi_middleware::AccessLogFormatError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccessLogFormat {
    /// The Common Log Format of NCSA and Apache: `192.0.2.1 - bob [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.1" 200 2326`.
    Common,
    /// The same, followed by `"referer" "user agent"`. The default, as it is Gunicorn's.
    #[default]
    Combined,
    /// One JSON object with `time` (RFC 3339, milliseconds), `remote_addr`, `user`, `method`, `target` (as it came),
    /// `path` (decoded), `query`, `protocol`, `host`, `referer`, `user_agent`, `route`, `request_id`, `trace_id`,
    /// `status`, `body_bytes` and `duration_us` (microseconds), in this order; absent ones are `null`, and an absent
    /// query is empty.
    Json,
    /// As a format string says.
    Custom(CustomFormat),
}

/// A format string that was taken apart: [`AccessLogFormat::parse`] makes one.
#[derive(Clone, PartialEq, Eq)]
pub struct CustomFormat {
    text: Arc<str>,
    pattern: Arc<Pattern>,
}

/// Why a text is no [`AccessLogFormat`].
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccessLogFormatError {
    /// Neither a known name nor a format string, which has a percent sign.
    #[error(
        "access log format {0:?} is unknown; use common, combined, json or a format string such as \
         '%(h)s \"%(r)s\" %(s)s %(b)s'"
    )]
    Name(String),
    /// Nothing has this name.
    #[error("atom {atom:?} at character {position} is unknown; known are {KNOWN}")]
    Atom {
        /// The atom.
        atom: String,
        /// Where it begins, counted from 1.
        position: usize,
    },
    /// The end of the text comes before that of the atom, or something else than `s` stands there.
    #[error(
        "the atom at character {position} does not end; write it as %(h)s, %({{user-agent}}i)s or %h, and a percent sign \
         as %%"
    )]
    Unfinished {
        /// Where it begins, counted from 1.
        position: usize,
    },
    /// A line feed, say, with which a line would be no line.
    #[error("character {position} is a control character; a format is one line of text")]
    Control {
        /// Where it stands, counted from 1.
        position: usize,
    },
}

const KNOWN: &str = "%(h)s %(l)s %(u)s %(t)s %(r)s %(m)s %(U)s %(q)s %(H)s %(s)s %(B)s %(b)s %(f)s %(a)s %(T)s \
     %(M)s %(D)s %(L)s %(p)s %({header}i)s %({header}o)s %({variable}e)s %(refused)s %(route)s \
     %(request_id)s %(trace_id)s %(span_id)s, Apache's \
     %h %a %l %u %t %r %m %U %q %H %s %>s %B %b %T %D %P %p %v %{header}i %{header}o %{variable}e %{s}T %{ms}T %{us}T, \
     and %%";

static COMMON: LazyLock<Pattern> = LazyLock::new(|| known(r#"%h %l %u %t "%r" %s %b"#));

static COMBINED: LazyLock<Pattern> = LazyLock::new(|| {
    known(r#"%h %l %u %t "%r" %s %b "%{Referer}i" "%{User-Agent}i""#) // as Gunicorn's default has it
});

static JSON: LazyLock<Pattern> = LazyLock::new(|| {
    let header = |name: &str| Atom::RequestHeader(name.into());
    let fields = [
        ("time", Atom::TimeRfc3339),
        ("remote_addr", Atom::RemoteAddr),
        ("user", Atom::User),
        ("method", Atom::Method),
        ("target", Atom::Target),
        ("path", Atom::Path),
        ("query", Atom::Query { marked: false }),
        ("protocol", Atom::Protocol),
        ("host", header("host")),
        ("referer", header("referer")),
        ("user_agent", header("user-agent")),
        ("route", Atom::Route),
        ("request_id", Atom::RequestId),
        ("trace_id", Atom::TraceId),
        ("status", Atom::Status),
        ("body_bytes", Atom::Bytes),
        ("duration_us", Atom::Microseconds),
    ];
    let mut before = '{';
    let fields = fields.into_iter().flat_map(|(key, atom)| {
        let literal = format!("{before}\"{key}\":");
        before = ',';
        [Piece::Literal(literal), Piece::Atom(atom)]
    });
    let end = Piece::Literal("}".to_owned());
    Pattern::new(fields.chain([end]).collect())
});

impl AccessLogFormat {
    /// `common`, `combined`, `json`, or a format string.
    ///
    /// # Errors
    /// [`AccessLogFormatError::Name`] for a text without a percent sign that is none of the names;
    /// [`Atom`](AccessLogFormatError::Atom), [`Unfinished`](AccessLogFormatError::Unfinished) and
    /// [`Control`](AccessLogFormatError::Control) for what is wrong in a format string.
    pub fn parse(text: &str) -> Result<Self, AccessLogFormatError> {
        match text {
            "common" => Ok(Self::Common),
            "combined" => Ok(Self::Combined),
            "json" => Ok(Self::Json),
            _ if !text.contains('%') => Err(AccessLogFormatError::Name(text.to_owned())),
            _ => Ok(Self::Custom(CustomFormat {
                pattern: Arc::new(Pattern::new(pieces(text)?)),
                text: text.into(),
            })),
        }
    }

    pub(super) fn pattern(&self) -> &Pattern {
        match self {
            Self::Common => &COMMON,
            Self::Combined => &COMBINED,
            Self::Json => &JSON,
            Self::Custom(custom) => &custom.pattern,
        }
    }
}

impl FromStr for AccessLogFormat {
    type Err = AccessLogFormatError;

    fn from_str(text: &str) -> Result<Self, AccessLogFormatError> {
        Self::parse(text)
    }
}

impl fmt::Debug for CustomFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CustomFormat").field(&self.text).finish()
    }
}

fn known(text: &str) -> Pattern {
    Pattern::new(pieces(text).expect("our own formats are tested"))
}

/// Takes a format string apart.
fn pieces(text: &str) -> Result<Vec<Piece>, AccessLogFormatError> {
    let position = |rest: &str| text[..text.len() - rest.len()].chars().count() + 1;
    if let Some(at) = text.find(char::is_control) {
        let position = position(&text[at..]);
        return Err(AccessLogFormatError::Control { position });
    }
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        literal.push_str(&rest[..at]);
        let here = &rest[at..];
        let Some((length, atom)) = first_atom(here) else {
            let position = position(here);
            return Err(AccessLogFormatError::Unfinished { position });
        };
        rest = &here[length..];
        match atom {
            Some(Token::Percent) => literal.push('%'),
            Some(Token::Atom(atom)) => {
                if !literal.is_empty() {
                    pieces.push(Piece::Literal(std::mem::take(&mut literal)));
                }
                pieces.push(Piece::Atom(atom));
            }
            None => {
                return Err(AccessLogFormatError::Atom {
                    atom: here[..length].to_owned(),
                    position: position(here),
                });
            }
        }
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    Ok(pieces)
}

enum Token {
    Percent,
    Atom(Atom),
}

/// How long the atom is that the text begins with, and which one, if it is known. `None`: it does not end.
fn first_atom(text: &str) -> Option<(usize, Option<Token>)> {
    let behind = &text[1..];
    if behind.starts_with('%') {
        return Some((2, Some(Token::Percent)));
    }
    if let Some(inner) = behind.strip_prefix('(') {
        // A name in braces may have brackets.
        let braces = if inner.starts_with('{') {
            inner.find('}')?
        } else {
            0
        };
        let name = &inner[..braces + inner[braces..].find(')')?];
        let kind = inner[name.len() + 1..].chars().next()?;
        let atom = Atom::by_gunicorns_name(name);
        let atom = atom.filter(|(_, is_number)| kind == 's' || (*is_number && kind == 'd'));
        let length = 3 + name.len() + kind.len_utf8();
        return Some((length, atom.map(|(atom, _)| Token::Atom(atom))));
    }
    // Which of several internal requests is meant (`>`: the last one) makes no difference here.
    let name = behind.strip_prefix(['<', '>']).unwrap_or(behind);
    let braces = if name.starts_with('{') {
        name.find('}')? + 1
    } else {
        0
    };
    let kind = name[braces..].chars().next()?;
    let name_length = braces + kind.len_utf8();
    let atom = Atom::by_apaches_name(&name[..name_length]).map(Token::Atom);
    Some((text.len() - name.len() + name_length, atom))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_found_by_name() {
        assert_eq!("json".parse(), Ok(AccessLogFormat::Json));
        let error = "JSON".parse::<AccessLogFormat>().unwrap_err();
        assert!(
            error.to_string().starts_with(
                "access log format \"JSON\" is unknown; use common, combined, json or"
            ),
            "{error}"
        );
    }

    /// What Gunicorn logs unless it is told otherwise.
    #[test]
    fn gunicorns_default_is_combined() {
        let text = r#"%(h)s %(l)s %(u)s %(t)s "%(r)s" %(s)s %(b)s "%(f)s" "%(a)s""#;
        let format = AccessLogFormat::parse(text).unwrap();
        assert_eq!(format.pattern(), AccessLogFormat::Combined.pattern());
        let apache = r#"%h %l %u %t "%r" %>s %b"#;
        let format = AccessLogFormat::parse(apache).unwrap();
        assert_eq!(format.pattern(), AccessLogFormat::Common.pattern());
    }

    #[test]
    fn everything_that_is_listed_as_known_is_known() {
        let format = AccessLogFormat::parse(KNOWN).unwrap();
        assert!(matches!(format, AccessLogFormat::Custom(_)));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        #[rustfmt::skip]
        const CASES: &[(&str, &str)] = &[
            ("%(h)s %(x)s", r#"atom "%(x)s" at character 7 is unknown"#),
            ("é%(S)s", r#"atom "%(S)s" at character 2 is unknown"#),
            ("%({user agent}i)s", r#"atom "%({user agent}i)s" at character 1 is unknown"#),
            ("%({}i)s", r#"atom "%({}i)s" at character 1 is unknown"#),
            ("%({a}x)s", r#"atom "%({a}x)s" at character 1 is unknown"#),
            ("%(h)d", r#"atom "%(h)d" at character 1 is unknown"#),
            ("%(h)é", r#"atom "%(h)é" at character 1 is unknown"#),
            ("%Z", r#"atom "%Z" at character 1 is unknown"#),
            ("%{%Y}t", r#"atom "%{%Y}t" at character 1 is unknown"#),
            ("%200r", r#"atom "%2" at character 1 is unknown"#),
            ("a %", "the atom at character 3 does not end"),
            ("%(h", "the atom at character 1 does not end"),
            ("%(h)", "the atom at character 1 does not end"),
            ("%({a)s", "the atom at character 1 does not end"),
            ("%{a", "the atom at character 1 does not end"),
            ("%{a}", "the atom at character 1 does not end"),
            ("%h\n%l", "character 3 is a control character"),
        ];
        for (text, expected) in CASES {
            let error = AccessLogFormat::parse(text).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{text}: {error}");
        }
    }
}
