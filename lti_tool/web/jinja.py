"""Jinja with less to do for each page: rendering was a quarter of what a launch costs.

Everything here gives the same pages as Jinja's own way; tests hold the two together.
"""

import re
from collections.abc import MutableMapping
from types import FunctionType
from typing import Any

from flask.sansio.app import App
from flask.templating import Environment as FlaskEnvironment
from jinja2 import Environment, Template, nodes, pass_eval_context
from jinja2.compiler import CodeGenerator, Frame
from jinja2.runtime import Context, Macro
from markupsafe import Markup, escape

_UNSAFE = re.compile("[&<>\"']")


class PlainContext(Context):
    """Calls macros and plain functions at once; Jinja looks at each for what it wants (3 %)."""

    def call(self, callee: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call *callee* as a template does."""
        kind = type(callee)
        if kind is Macro or (kind is FunctionType and callee.__dict__ == _WANTS_EVALUATION):
            args = (self.eval_ctx, *args)
        elif kind is not FunctionType or callee.__dict__:
            return super().call(callee, *args, **kwargs)
        kwargs.pop("_loop_vars", None)
        kwargs.pop("_block_vars", None)
        return callee(*args, **kwargs)


_WANTS_EVALUATION = vars(pass_eval_context(lambda _context: None))


class PlainGenerator(CodeGenerator):
    """Escapes by `escape_output`: MarkupSafe's wrapped each piece of a page anew (3 %)."""

    def _output_child_pre(
        self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo
    ) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.escape_output(")


def escape_output(value: Any) -> str:
    """Return *value* escaped, as a piece of a page."""
    kind = type(value)
    if kind is Markup or (kind is str and _UNSAFE.search(value) is None):
        return value  # type: ignore[no-any-return]
    return escape(value)


class PlainEnvironment(FlaskEnvironment):
    """Jinja's environment with its globals in a plain dictionary.

    Jinja chains two mappings instead, and walks them in Python at every import of a macro:
    a sixth of a page's time, for globals that do not change once the application stands.
    """

    context_class = PlainContext
    code_generator_class = PlainGenerator
    escape_output = staticmethod(escape_output)

    def __init__(self, app: App, **options: Any) -> None:
        """Begin without templates."""
        super().__init__(app, **options)
        self._at_hand: dict[str, Template] = {}

    def overlay(self, *args: Any, **options: Any) -> Environment:  # type: ignore[override]
        """Return an environment that differs; what it compiles differs too."""
        found = super().overlay(*args, **options)
        vars(found)["_at_hand"] = {}
        return found

    def get_template(
        self,
        name: str | Template,
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,
    ) -> Template:
        """Return a template. A page asks 17 times: Jinja's cache with its lock took 2 %."""
        if not isinstance(name, str) or globals is not None or self.auto_reload:
            return super().get_template(name, parent, globals)
        if name not in self._at_hand:
            self._at_hand[name] = super().get_template(name, parent)
        return self._at_hand[name]

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Return the globals of one template, copied when it is loaded."""
        return {**self.globals, **(d or {})}
