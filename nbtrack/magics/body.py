"""Run the body of a cell from within a function, when the cell itself was not transformed."""

from __future__ import annotations

import ast

from nbtrack.magics.shell import Shell


def run_source(shell: Shell, source: str) -> object:
    """Run source in the person's namespace; return the value of a last expression.

    Unlike `run_cell` it lets errors through, so that they are shown once and the outer cell fails.
    """
    code = shell.transform_cell(source)
    name = shell.compile.cache(code, shell.execution_count)
    tree = ast.parse(code, name)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, name, "exec"), shell.user_ns)  # noqa: S102 - the person's own code
    if not isinstance(last, ast.Expr):
        return None
    expression = compile(ast.Expression(last.value), name, "eval")
    return eval(expression, shell.user_ns)  # noqa: S307 - as above
