#!/usr/bin/env python3
"""Finds definitions away from home: a function that a header declares belongs into the source named after it.

Usage: homes.py ROOT            list what is away, fail above the budget
       homes.py ROOT --selftest plant a definition away from home and see it reported

A heuristic on stripped text, not a compiler: it follows braces, namespaces and classes, and matches declarations with
definitions by name and parameter types. What it cannot match (macros, templates) it leaves out of the count.
"""

import re
import sys
import tempfile
from pathlib import Path

# How many definitions may be away from home: lower it with every one that comes home.
BUDGET = 1

# Headers whose definitions stand in several sources on purpose.
DOORS = {
    "cli/verbs.h": "the list that main needs; one source per verb below cli/verbs",
    "kernels/mcu_kernels.h": "one C header for generated code, one source per family of kernels, so that images link "
                             "only what they call",
    "firmware/harness/board_support.h": "implemented once per family of boards",
    "memory_model/planner/group_scan.h": "one class in two sources of 450 lines: how a group grows, what it shares",
}

STRIP = re.compile(r'//[^\n]*|/\*.*?\*/|R"\w*\(.*?\)\w*"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'', re.S)
CONTINUED = re.compile(r'^[ \t]*#(?:[^\n]*\\\n)*[^\n]*', re.M)
HEAD = re.compile(r"((?:[\w~]+(?:<[^<>]*>)?::)*(?:operator\s*[^\s\w(]+|~?\w+))\s*\(")
KEYWORDS = {"if", "for", "while", "switch", "return", "sizeof", "catch", "alignas", "decltype", "static_assert",
            "noexcept", "defined", "__attribute__", "_Static_assert", "__asm", "requires", "explicit"}


def stripped(text):
    return CONTINUED.sub(" ", STRIP.sub(lambda m: '""' if m.group()[0] in "\"'R" else " ", text))


def matching(text, at):
    """Position after the parenthesis that closes the one at `at`."""
    depth = 0
    for i in range(at, len(text)):
        depth += (text[i] == "(") - (text[i] == ")")
        if depth == 0:
            return i + 1
    return len(text)


def types_of(parameters):
    """The types of a parameter list, without names and defaults."""
    result, depth, part = [], 0, ""
    for c in parameters + ",":
        depth += (c in "(<{[") - (c in ")>}]")
        if c == "," and depth == 0:
            words = re.findall(r"\w+|[^\w\s]", part.split("=")[0])
            while words and words[-1] == "]":
                words = words[:len(words) - 1 - words[::-1].index("[")] + ["*"]
            if len(words) > 1 and re.match(r"\w", words[-1]) and words[-2] != "::" and words[-1] not in ("int", "char"):
                if not (len(words) == 2 and words[0] in ("const", "unsigned", "struct")):
                    words.pop()
            if words not in ([], ["void"]):
                result.append("".join(w for w in words if w != "struct"))
            part = ""
        else:
            part += c
    return ",".join(result)


def functions(text, wanted):
    """(qualified name, parameter types) of declarations (wanted = ";") or definitions ("{") at namespace scope."""
    text, scopes, start, found, parentheses = stripped(text), [], 0, [], 0
    for i, c in enumerate(text):
        parentheses += (c == "(") - (c == ")")
        if c in ";{}" and parentheses == 0:  # not of a default argument or a lambda
            head = " ".join(text[start:i].split())
            hidden = any(kind in ("body", "hidden") for kind, _ in scopes)
            entry = None if hidden else signature(head, scopes)
            if entry and c == wanted:
                found.append(entry)
            if c == "{":
                scopes.append(scope_of(head, entry))
            elif c == "}" and scopes:
                scopes.pop()
            start = i + 1
    return found


def scope_of(head, entry):
    if entry:
        return "body", ""
    match = re.search(r"\bnamespace\b\s*([\w:]*)\s*$", head)
    if match:
        return ("namespace", "") if match.group(1) else ("hidden", "")
    match = re.search(r"\b(?:class|struct|union)\s+(?:\w+\(\S*\)\s+)?(\w+)(?:\s+final)?(?:\s*:[^:].*)?$", head)
    if match and "(" not in head.split(":")[0] and "=" not in head:
        return "class", match.group(1)
    if re.match(r'^extern\s*""\s*$', head):
        return "namespace", ""
    return "body", ""


def signature(head, scopes):
    head = re.sub(r"\b(public|private|protected)\s*:", " ", head)
    head = re.sub(r"\[\[[^\]]*\]\]|__attribute__\s*\(\(.*?\)\)", " ", head).strip()
    if re.match(r"^(using|typedef|return|template|friend|static(?! constexpr)\b.*\bconst\b.*=|#)", head):
        return None
    match = HEAD.search(head)
    if not match or match.group(1) in KEYWORDS or "=" in head[:match.start()].replace("==", ""):
        return None
    end = matching(head, match.end() - 1)
    tail = head[end:]
    if re.search(r"=\s*(0|default|delete)\s*$", tail) or re.match(r"\s*=", tail):
        return None
    before = head[:match.start()]
    owners = [name for kind, name in scopes if kind == "class"]
    if not before.strip() and "::" not in match.group(1) and (not owners or owners[-1] not in match.group(1)):
        return None  # a macro or a call
    if not owners and re.search(r"\b(static|inline|constexpr)\b", before):
        return None
    return "::".join(owners + [match.group(1).replace(" ", "")]), types_of(head[match.end():end - 1])


def sources(root, suffixes):
    skip = {"build", "tests", "docs", "shared", "runs"}
    for path in sorted(root.rglob("*")):
        parts = path.relative_to(root).parts
        if path.suffix in suffixes and parts[0] not in skip and not parts[0].startswith("."):
            yield path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")


def home_of(header):
    return re.sub(r"(_internal)?\.h$", "", header)


def away_from_home(root):
    """How many declarations have a definition, and (header, name, sources) of those that are away."""
    defined = {}
    for path, text in sources(root, (".cc", ".c")):
        for entry in functions(text, "{"):
            defined.setdefault(entry, set()).add(path)
    count, away = 0, []
    for header, text in sources(root, (".h",)):
        for entry in dict.fromkeys(functions(text, ";")):
            places = defined.get(entry, set())
            if not places or header in DOORS:
                continue
            count += 1
            if not any(re.sub(r"\.cc?$", "", place) == home_of(header) for place in places):
                away.append((header, entry[0], sorted(places)))
    return count, away


def selftest():
    files = {
        "room/home.h": "namespace n {\nint Here(int a);  // int Comment(int a);\nint Away(const int& a, int b = 2);\n"
                       "class C {\n public:\n  explicit C(int a);\n  int Method() const;\n  virtual void Pure() = 0;\n"
                       "  int Inline() { return 1; }\n};\n}\n",
        "room/home.cc": "namespace n {\nnamespace {\nint Away(int) { return 0; }\n}\nint Here(int a) { return a; }\n"
                        "int C::Method() const { return Away(2); }\n}\n",
        "room/other.cc": "namespace n {\nint Away(const int& x, int y) { return x; }\nC::C(int a) : a_(a) {}\n"
                         "int Here(double) { return 0; }\n}\n",
    }
    with tempfile.TemporaryDirectory() as folder:
        for path, text in files.items():
            (Path(folder) / path).parent.mkdir(exist_ok=True)
            (Path(folder) / path).write_text(text)
        count, away = away_from_home(Path(folder))
    names = sorted(name for _, name, _ in away)
    print(f"{count} of 4 declarations matched, away: {', '.join(names)}")
    return 0 if count == 4 and names == ["Away", "C::C"] else 1


def main():
    if "--selftest" in sys.argv:
        return selftest()
    count, away = away_from_home(Path(sys.argv[1]))
    for header, name, places in away:
        print(f"{header}: {name} is defined in {', '.join(places)}")
    print(f"{len(away)} of {count} definitions are away from home ({100 * len(away) / max(1, count):.1f} %), "
          f"allowed: {BUDGET}")
    if len(away) < BUDGET:
        print(f"lower BUDGET in tests/architecture/homes.py to {len(away)}")
    return 0 if len(away) <= BUDGET else 1


if __name__ == "__main__":
    sys.exit(main())
