"""A pytest plugin: nbval compares the build's own run of each notebook with what is committed.

That saves a second run. Used by `book.py test`; without it `pytest --nbval FILE` runs the notebook itself, and means
the same.
"""

from pathlib import Path
from queue import Empty

import nbval.plugin
import notebooks


class Recorded:
    """As much of nbval's RunningKernel as it uses: to a cell's source it answers with the messages of that run."""

    def __init__(self, path):
        _, notebook, has_run = notebooks.cached(path)
        if not has_run:
            raise RuntimeError("%s has not run: python3 tools/book.py test notebooks" % notebooks.named(path))
        self.cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        self.messages = []

    def execute_cell_input(self, source, allow_stdin=None):
        cell = next(cell for cell in self.cells if cell.source == source)
        self.cells = self.cells[self.cells.index(cell) + 1 :]
        contents = [(output["output_type"], output) for output in cell.outputs]
        self.messages = [
            {"msg_type": kind, "content": content, "parent_header": {"msg_id": source}}
            for kind, content in [*contents, ("status", {"execution_state": "idle"})]
        ]
        return source

    def get_message(self, stream, timeout=None):
        if not self.messages:
            raise Empty
        return self.messages.pop(0)

    def await_reply(self, msg_id, timeout=None):
        pass

    def await_idle(self, parent_id, timeout):
        pass

    def is_alive(self):
        return True

    def stop(self):
        pass


def setup(file):
    file.kernel = Recorded(Path(file.path))
    file.setup_sanitize_files()


def pytest_configure(config):
    nbval.plugin.IPyNbFile.setup = setup
