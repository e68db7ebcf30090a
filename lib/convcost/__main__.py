"""The command line: `python -m convcost COMMAND`, also installed as `convcost`."""

import argparse
import json
import sys

from . import models
from .conventions import all_conventions
from .errors import ConvcostError


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        """One line on standard error, exit code 2; argparse would print the usage before it."""
        raise ConvcostError(message)


def _model_rows():
    return [
        {"name": name, "family": f.family, "year": f.year, "variants": list(f.variants), "options": f.options}
        for name, f in ((name, models.get(name)) for name in models.names())
    ]


def _models(args):
    rows = _model_rows()
    if args.json:
        return json.dumps(rows, indent=1)
    return "\n".join(
        f"{r['name']:14} {r['family']:13} {r['year']}  variants: {', '.join(r['variants'])}; "
        f"options: {', '.join(f'{k}={v}' for k, v in r['options'].items())}"
        for r in rows
    )


def _value(text):
    """Return an option's value: a number, true, false, a pair HxW, or the word itself."""
    lowered = text.lower()
    if lowered in ("true", "false"):
        return lowered == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    sides = lowered.split("x")
    return (int(sides[0]), int(sides[1])) if len(sides) == 2 and all(s.isdigit() for s in sides) else text


def _network(args):
    """Return the network that the options of a command describe."""
    options = {}
    for setting in args.set:
        key, equals, value = setting.partition("=")
        if not equals:
            raise ConvcostError(f"--set {setting}: write it as option=value")
        if key in ("variant", "convention"):
            raise ConvcostError(f"--set {setting}: use --{key} {value}")
        options[key] = _value(value)
    if getattr(args, "torch", None):
        return _torch_network(args, options)
    if args.name is None:
        raise ConvcostError("count needs the NAME of a network, or --torch package.module:function --input 3x224x224")
    build = models.get(args.name)
    return build(**options) if args.variant is None else build(variant=args.variant, **options)


def _torch_network(args, options):
    """Return the network of a torch module of the user's."""
    if args.name or args.variant or not args.input:
        raise ConvcostError("--torch package.module:function goes with --input 3x224x224, without NAME and --variant")
    try:
        from .torch_bridge.shell import network_of
    except ModuleNotFoundError as error:
        raise ConvcostError(f"--torch: needs PyTorch, and {error.name} is not installed") from error
    return network_of(args.torch, args.input, options)


def _count(args):
    from .table import report

    network = _network(args)
    result = report(network, args.convention)
    if args.json:
        return json.dumps(result, indent=1)
    totals = [key for key in result if isinstance(result[key], int)]
    lines = [str(network.table(convention=args.convention)), ""]
    chosen = ", ".join(f"{k}={v}" for k, v in result["options"].items())
    lines.append(f"{result['name']} ({result['variant']}; {chosen}), one image, counted as {result['convention']}")
    return "\n".join(lines + [f"{key:17} {result[key]:>18,}" for key in totals])


def _conventions(args):
    if args.json:
        return json.dumps(
            [{"name": c.name, "meaning": c.meaning, "terms": c.terms} for c in all_conventions().values()], indent=1
        )
    return "\n".join(f"{c.name:17} {c.meaning}" for c in all_conventions().values())


def _explain(args):
    from .explanation import explain

    explanation = explain(_network(args), args.a, args.b)
    if args.json:
        made = {"name": explanation.network.name, **explanation.network.info, "a": args.a, "b": args.b}
        return json.dumps({**made, "difference": explanation.difference, "terms": explanation.terms}, indent=1)
    return str(explanation)


def _ledger(args):
    from . import ledger

    rows = ledger.report()
    if args.json:
        return json.dumps(rows, indent=1, ensure_ascii=False)
    return ledger.summary(rows)


def _parser():
    parser = _Parser(prog="convcost", description="Count what a convolutional network costs.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)

    def command(name, run, help):
        made = commands.add_parser(name, help=help, description=help)
        made.add_argument("--json", action="store_true", help="one JSON document on standard output")
        made.set_defaults(run=run)
        return made

    command("models", _models, "list the networks with their variants and options")
    count = command("count", _count, "a table per layer and totals of one network")
    explain = command("explain", _explain, "why two conventions count one network differently")
    count.add_argument("--torch", metavar="MODULE:FUNCTION", help="count the torch module that a function makes")
    count.add_argument("--input", metavar="CxHxW", help="with --torch: the shape of its image, as 3x224x224")
    for made in (count, explain):
        made.add_argument("name", metavar="NAME", **({"nargs": "?"} if made is count else {}))
        made.add_argument("--variant", help="such as torchvision; default: the paper's")
        made.add_argument("--set", action="append", default=[], metavar="OPTION=VALUE", help="may be repeated")
    explain.add_argument("a", metavar="A", help="a convention; see: convcost conventions")
    explain.add_argument("b", metavar="B", help="the convention to compare it with")
    count.add_argument("--convention", default="macs", help="what to count; see: convcost conventions")
    command("conventions", _conventions, "list the counting conventions")
    command("ledger", _ledger, "every number printed in the sources, with its verdict")
    return parser


def main(arguments=None):
    """Run one command; return the exit code: 0, or 2 after one line on standard error about bad input."""
    try:
        args = _parser().parse_args(arguments)
        output = args.run(args)
    except ConvcostError as error:
        print(f"convcost: {error}", file=sys.stderr)
        return 2
    try:
        print(output)
    except BrokenPipeError:  # the reader of a pipe has seen enough
        sys.stderr.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
