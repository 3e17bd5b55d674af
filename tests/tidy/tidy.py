"""Checks the tree against the house rules: tidy.py ROOT. Ends with 1 if one is broken."""
import sys

import rules
import source


def main():
    sources = source.read_tree(sys.argv[1])
    if not any(file.is_product for file in sources):
        print(f"tidy: no source files in {sys.argv[1]}")
        return 1
    findings = rules.check(sources)
    for path, line, rule, message in sorted(findings):
        print(f"{path}:{line}: {rule}: {message}")
    print(f"tidy: {len(sources)} files, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
