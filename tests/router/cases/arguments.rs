//! Arguments of converters: every way to write a literal, and every limit at its border.

use serde_json::json;

use super::{numbered, rule};
use crate::oracle::Case;

/// What stands in the parentheses, as the converter is given it.
pub(super) fn literals() -> Vec<Case> {
    let texts = [
        "",
        " ",
        ",",
        "1",
        "12",
        "123",
        "1,",
        "12,",
        "a,",
        "a, b, c,",
        "1, 2",
        "12, 34",
        "1 , 2",
        "12 , 34",
        " 1 ",
        "a b",
        "1 2",
        "test, a=1, b=3.0",
        "True, False, None",
        "true",
        "none",
        "Truex",
        "None1",
        "True=1",
        "a=True",
        "a = True",
        "a= 1",
        "a =1",
        "a=None",
        "\"foo\", \"bar\"",
        "'foo', 'bar'",
        "\"a,b\"",
        "\"a'b\"",
        "'a\"b'",
        "\"\"",
        "''",
        "u'a'",
        "r'a'",
        "U\"a\"",
        "R'a'",
        "b'a'",
        "uR'a'",
        "'5'",
        "\"1.5\"",
        "'True'",
        "a='x, y'",
        "1.5",
        "1.",
        ".5",
        "1.5.2",
        "00",
        "007",
        "0x10",
        "1e5",
        "1E5",
        "1e400",
        "inf",
        "nan",
        "infinity",
        "Inf",
        "NaN",
        "1_000",
        "1_0",
        "_1",
        "a.b",
        "a.b.c",
        "a_b",
        "\u{e9}",
        "\u{663}",
        "\u{663}\u{661}",
        "1\u{663}",
        "x=\u{663}",
        "\u{e9}=1",
        "99999999999999999999",
        "1a",
        "12a",
        "a1",
        "1-2",
        "1/2",
        "1:2",
        "'a)b'",
        "'(a)'",
        "'<a>'",
        "'a/b'",
        "a=1, a=2",
        "1, a=2, 3",
        "'a' , 'b'",
        "  'a'  ,  b  ",
        "'\\n'",
        "'%'",
        "1\t,2",
        "\ta",
        "a\n,b",
        "'\u{1f600}'",
        "5 ",
        "55 ",
        "5.5 ",
        "a=5 ",
        "a=1;b",
        "min=0;max=500",
        "'",
        "'a",
        "a'",
        "@",
        "*",
        "a*",
        "-",
        "+1",
        "-1",
        "-1.5",
        "a=-1",
        "--1",
        "- 1",
        "1,2",
        "1,,2",
        "1, ,2",
        ",1",
        "=1",
        "a=",
        "a==1",
        "1=2",
        "(a)",
        "[1]",
        "{}",
        "'a''b'",
        "'a' 'b'",
        "a b=1",
        "\"a\\\"b\"",
        "1 000",
        "1;5",
        "1,5,7",
    ];
    let differing = [
        (NEGATIVE, vec!["-1", "-1.5", "a=-1"]),
        (TWO, vec!["1,2", "1,", "12,", "1,5,7", "1,,2"]),
        (
            RUBBISH,
            vec!["'", "a'", "@", "*", "a*", "-", "1, ,2", "a=", "(a)", "{}"],
        ),
        (
            "an argument that is given twice is refused",
            vec!["a=1, a=2"],
        ),
        ("arguments may stand on several lines", vec!["a\n,b"]),
    ];
    let mut cases = Vec::new();
    for text in texts {
        let case = Case::new(
            format!("literal {text:?}"),
            [rule(&format!("/<arguments({text}):v>"), "e")],
        );
        let case = case
            .map(json!({"converters": {"arguments": "arguments"}}))
            .ask("/x");
        let differs = differing.iter().find(|(_, texts)| texts.contains(&text));
        cases.push(match differs {
            Some((reason, _)) => case.differs(reason),
            None => case,
        });
    }
    cases
}

const NEGATIVE: &str = "negative numbers are understood";
const RUBBISH: &str = "rubbish behind the arguments is not passed over";
const TWO: &str = "two numbers with a comma between, and no space, are two";

/// Numbers at the borders of their limits.
pub(super) fn limits() -> Vec<Case> {
    let converters = [
        "int(min=0)",
        "int(max=0)",
        "int(min=5, max=5)",
        "int(min=1.0)",
        "int(max=1.9)",
        "int(min=1e2)",
        "int(fixed_digits=1)",
        "int(fixed_digits=0)",
        "int(fixed_digits=4, min=10, max=999)",
        "int(4, 10)",
        "int(0, 3, 7, True)",
        "int(signed=1)",
        "int(signed=0)",
        "int(signed=None)",
        "int(signed='')",
        "int(signed='no')",
        "int(signed=False, min=0)",
        "int(min=None)",
        "int(None, None, 5)",
        "int(min=99999999999999999999)",
        "int(max=99999999999999999999)",
        "int(fixed_digits=None)",
        "int(max=inf)",
        "float(min=0)",
        "float(max=0)",
        "float(min=1.5, max=1.5)",
        "float(0.5)",
        "float(0.5, 1.5)",
        "float(None, 2.0, True)",
        "float(min=1e3)",
        "float(max=inf)",
        "float(min=nan)",
        "float(signed=True, max=0)",
        "string(length=3)",
        "string(maxlength=3)",
        "string(minlength=3)",
        "string(minlength=1, maxlength=1)",
        "string(3)",
        "string(0, 2)",
        "string(length=1, minlength=9)",
        "string(minlength=1.9)",
        "string(maxlength='3')",
        "string(length=True)",
        "string(minlength=0, maxlength=0)",
        "string(length=None)",
        "string(minlength='2', maxlength=4)",
        "any(a)",
        "any(a, a)",
        "any('')",
        "any('', a)",
        "any(a, ab, abc)",
        "any('a|b', '[', '(x)', '.', '^a$', 'a+')",
        "any('\\\\', 'a b', '#', '&', '~', '-')",
        "any('1', '1.5', 'True', 'None')",
        "any(A, a)",
        "any('a/b', c)",
    ];
    let texts = [
        "",
        "0",
        "00",
        "000",
        "0000",
        "1",
        "3",
        "4",
        "5",
        "6",
        "7",
        "8",
        "9",
        "10",
        "010",
        "0010",
        "99",
        "100",
        "999",
        "0999",
        "1000",
        "-0",
        "-1",
        "-3",
        "-5",
        "-7",
        "-07",
        "-100",
        "99999999999999999999",
        "99999999999999999998",
        "100000000000000000000",
        "0.0",
        "0.5",
        "0.49",
        "1.5",
        "1.50",
        "1.49999999999999999999",
        "1.4999999",
        "2.0",
        "2.1",
        "-0.0",
        "-1.5",
        "1000.0",
        "999.999",
        "00.5",
        "0.5000",
        "1.",
        ".5",
        ".",
        "1e3",
        "1.0e3",
        "1,5",
        "\u{663}",
        "\u{663}.\u{665}",
        "a",
        "aa",
        "aaa",
        "aaaa",
        "ab",
        "abc",
        "\u{e9}\u{e9}\u{e9}",
        "e\u{301}e",
        "\u{1f600}",
        "a|b",
        "[",
        "(x)",
        ".",
        "^a$",
        "a+",
        "\\",
        "\\\\",
        "a b",
        "#",
        "&",
        "~",
        "-",
        "True",
        "None",
        "A",
        "x",
        "c",
        "inf",
        "nan",
        "999999999999999999999.5",
        "0.00000000000000000000000000000001",
    ];
    let values = [
        json!(0),
        json!(5),
        json!(-5),
        json!(99),
        json!(12345),
        json!(1.5),
        json!(-0.5),
        json!("5"),
        json!(" 5 "),
        json!("+5"),
        json!("05"),
        json!("1_0"),
        json!("5.0"),
        json!("1e3"),
        json!("a"),
        json!(""),
        json!("abc"),
        json!("abcd"),
        json!(false),
        json!({"int": "99999999999999999999"}),
        json!({"float": "2.0"}),
        json!("\u{663}"),
        json!(["a"]),
        json!("++5"),
        json!("+-5"),
        json!("- 5"),
        json!("-5"),
        json!("--5"),
        json!("5 5"),
        json!(".5"),
        json!("5."),
        json!("\u{a0}5"),
    ];
    let mut cases = Vec::new();
    for converter in converters {
        let mut case = Case::new("limits", numbered(&[format!("/<{converter}:v>")]));
        case = case.ask_all(texts.iter().map(|text| format!("/{text}")));
        for value in &values {
            case = case.build("e0", json!({"v": value}));
            if converter.starts_with("float") && *value == json!({"int": "99999999999999999999"}) {
                case =
                    case.differs("a float is written without exponent, for the rule matches none");
            }
        }
        cases.push(case);
    }
    cases
}

/// Each byte, in literal text, in a value, in a name of the query: as it is built, and as it is redirected to.
pub(super) fn bytes() -> Vec<Case> {
    let mut literal = Vec::new();
    let mut values = Case::new(
        "bytes of values",
        numbered(&["/<v>", "/p/<path:v>", "/d/<v>/", "/q"]),
    );
    for byte in (0..0x100_u32).chain([0x7ff, 0x800, 0xfffd, 0xffff, 0x10000, 0x10ffff]) {
        let c = char::from_u32(byte).expect("no surrogate");
        values = values.build("e1", json!({"v": format!("x{c}y")}));
        if c != '/' {
            values = values
                .build("e0", json!({"v": format!("x{c}y")}))
                .ask(format!("/d/x{c}y"));
        }
        values = values.build("e3", json!({"v": format!("x{c}y")}));
        values = values.build("e3", json!({format!("x{c}y"): ""}));
        if !['<', '/'].contains(&c) {
            let rules = numbered(&[format!("/x{c}y"), format!("/d/x{c}y/")]);
            let case = Case::new("bytes of rules", rules)
                .ask_all([format!("/x{c}y"), format!("/d/x{c}y")]);
            literal.push(case.build("e0", json!({})).build("e1", json!({})));
        }
    }
    literal.push(values);
    literal
}
