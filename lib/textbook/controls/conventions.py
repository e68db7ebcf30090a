"""A table of networks under the convention that the reader chooses."""

from collections.abc import Mapping

from convcost import CONVENTIONS, Network

from ..templates import filled


class ConventionSwitch:
    """A table of networks with a choice of convention; style sheets do the switching, no script.

    networks: name -> network; the one called VGG-16 is what the last column compares with.
    """

    def __init__(self, networks: Mapping[str, Network]) -> None:
        self.networks = networks

    def __repr__(self):
        return "\n".join(f"{name:15} {net.macs / 1e6:10,.1f} M" for name, net in self.networks.items())

    def _repr_html_(self):
        choices, rules = "", ""
        for name in CONVENTIONS:
            checked = " checked" if name == "macs" else ""
            choices += (
                f'<input type="radio" name="cc-rule" id="cc-rule-{name}"{checked}>'
                f'<label for="cc-rule-{name}">&nbsp;{name}&ensp;</label> '
            )
            rules += filled(__package__, "conventions_rule.css", name=name)
        cell = '<{0} class="cc-rule-cell cc-for-{1}"{3}>{2}</{0}>'.format
        scope = ' scope="col"'
        head = "".join(
            cell("th", rule, title, scope)
            for rule in CONVENTIONS
            for title in (f"{rule}, millions", "per MAC", "of VGG-16")
        )
        vgg, body = self.networks["VGG-16"], ""
        for name, net in self.networks.items():
            body += f'<tr><th scope="row">{name}</th>'
            for rule in CONVENTIONS:
                n = net.count(rule)
                for text in (f"{n / 1e6:,.1f}", f"{n / net.macs:.3f}", f"{100 * n / vgg.count(rule):.2f} %"):
                    body += cell("td", rule, text, "")
            body += "</tr>"
        return filled(__package__, "conventions.html", rules=rules, choices=choices, head=head, body=body)
