"""The command line: `python -m convcost COMMAND`, also installed as `convcost`.

Other packages add commands of their own: each module `convcost_commands.NAME` has `HELP`, one line, and `run(args)`,
as `CommandLine.add` wants them. They are looked for only when a command is not one of those here.
"""

import json
import sys
from importlib import import_module
from pkgutil import iter_modules

from . import models
from .command_line import CommandLine
from .conventions import all_conventions
from .errors import ConvcostError
from .extras import MissingPackage
from .shell import command as shell_command


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
    except MissingPackage as error:
        raise ConvcostError(f"--torch: {error}") from error
    return network_of(args.torch, args.input, options)


def _count(args):
    from .table import described

    network = _network(args)
    result = described(network, args.convention)
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


def _guests():
    """Return {name: module} of the commands that other packages add."""
    try:
        import convcost_commands
    except ImportError:
        return {}
    names = sorted(module.name for module in iter_modules(convcost_commands.__path__))
    return {name: import_module(f"convcost_commands.{name}") for name in names}


@shell_command("convcost")
def main(arguments: list[str] | None = None) -> int:
    """Run one command; return the exit code: 0, or 2 after one line on standard error about bad input."""
    arguments = sys.argv[1:] if arguments is None else arguments
    line = CommandLine("convcost", "Count what a convolutional network costs.")
    line.add("models", _models, "list the networks with their variants and options")
    count = line.add("count", _count, "a table per layer and totals of one network")
    explain = line.add("explain", _explain, "why two conventions count one network differently")
    count.add_argument("--torch", metavar="MODULE:FUNCTION", help="count the torch module that a function makes")
    count.add_argument("--input", metavar="CxHxW", help="with --torch: the shape of its image, as 3x224x224")
    for made in (count, explain):
        made.add_argument("name", metavar="NAME", **({"nargs": "?"} if made is count else {}))
        made.add_argument("--variant", help="such as torchvision; default: the paper's")
        made.add_argument("--set", action="append", default=[], metavar="OPTION=VALUE", help="may be repeated")
    explain.add_argument("a", metavar="A", help="a convention; see: convcost conventions")
    explain.add_argument("b", metavar="B", help="the convention to compare it with")
    count.add_argument("--convention", default="macs", help="what to count; see: convcost conventions")
    line.add("conventions", _conventions, "list the counting conventions")
    if not any(name in line.commands.choices for name in arguments[:1]):
        for name, guest in _guests().items():
            line.add(name, guest.run, guest.HELP)
    return line.main(arguments)


if __name__ == "__main__":
    sys.exit(main())
