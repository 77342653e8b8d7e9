"""Made-up secrets of each known form, and the places in code where people leave them."""

from __future__ import annotations

import base64
import random
import string
from collections.abc import Callable

from hypothesis import strategies as st

Secret = st.SearchStrategy[str]
LETTERS = string.ascii_letters + string.digits
URL_SAFE = LETTERS + "-_"
HEX = "0123456789abcdef"


def chars(alphabet: str, size: int, most: int | None = None) -> Secret:
    return st.text(alphabet, min_size=size, max_size=most or size)


def after(prefix: str, alphabet: str, size: int, most: int | None = None) -> Secret:
    return chars(alphabet, size, most).map(lambda rest: prefix + rest)


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def jwt(parts: tuple[str, str]) -> str:
    name, signature = parts
    head, body = '{"alg":"HS256","typ":"JWT"}', f'{{"sub":"{name}"}}'
    return f"{encoded(head)}.{encoded(body)}.{signature}"


def private_key(body: str) -> str:
    lines = "\n".join(body[at : at + 64] for at in range(0, len(body), 64))
    return f"-----BEGIN RSA PRIVATE KEY-----\n{lines}\n-----END RSA PRIVATE KEY-----"


FORMS: dict[str, Secret] = {
    "aws key": after("AKIA", string.ascii_uppercase + string.digits, 16),
    "temporary aws key": after("ASIA", string.ascii_uppercase + string.digits, 16),
    "github": st.sampled_from("pousr").flatmap(lambda k: after(f"gh{k}_", LETTERS, 36)),
    "fine github": after("github_pat_", LETTERS + "_", 82),
    "gitlab": after("glpat-", URL_SAFE, 20),
    "slack": after("xoxb-", string.digits, 12).map(lambda head: f"{head}-Qm7vRt2KpLz9"),
    "openai": after("sk-", LETTERS, 48),
    "openai project": after("sk-proj-", URL_SAFE, 48, 150),
    "anthropic": after("sk-ant-api03-", URL_SAFE, 90),
    "hugging face": after("hf_", string.ascii_letters, 34),
    "databricks": after("dapi", HEX, 32),
    "databricks with number": after("dapi", HEX, 32).map(lambda token: f"{token}-2"),
    "google": after("AIza", URL_SAFE, 35),
    "stripe": after("sk_live_", LETTERS, 24),
    "npm": after("npm_", LETTERS, 36),
    "pypi": after("pypi-AgEIcHlwaS5vcmc", URL_SAFE, 60),
    "jwt": st.tuples(chars(string.ascii_lowercase, 3, 20), chars(URL_SAFE, 43)).map(jwt),
    "private key": chars(LETTERS + "+/", 200, 900).map(private_key),
}

CARRIERS: dict[str, Callable[[str], str]] = {
    "alone": lambda secret: secret,
    "assigned": lambda secret: f"x = '''{secret}'''\n",
    "argument": lambda secret: f"connect(host, '''{secret}''', timeout=3)\n",
    "dictionary": lambda secret: f'd = {{"a": 1, "b": """{secret}"""}}\n',
    "comment": lambda secret: f"x = 1  # that is {secret}\n",
    "shell": lambda secret: f"!tool --with {secret} --verbose\n",
    "environment": lambda secret: f"%env SOMETHING={secret}\n",
    "header": lambda secret: f'h = {{"Accept": "Bearer {secret}"}}\n',
    "address": lambda secret: f'u = "https://example.org/?a=1&v={secret}"\n',
}

PASSWORD_NAMES = (
    *("password", "db_password", "PASSWD", "userPassword", "passphrase", "smtp_pass", "pwd"),
    *("secret", "CLIENT_SECRET", "aws_secret_access_key", "api_key", "OPENAI_API_KEY", "apiKey"),
    *("x-api-key", "private_key", "authorization", "Authorization", "credentials", "token"),
    *("access_token", "HF_TOKEN", "fs.azure.account.key"),
)
IDENTIFIERS = tuple(name for name in PASSWORD_NAMES if name.isidentifier())
# With a digit, and eight long: shorter words under `token` are words.
PASSWORDS = st.from_regex(r"[A-Za-z0-9!#&=_-]{7,30}[0-9]", fullmatch=True)
PLAIN_PASSWORDS = st.from_regex(r"[A-Za-z0-9_-]{7,30}[0-9]", fullmatch=True).filter(
    lambda password: not password.startswith("-") and not password.isdecimal()
)

QUOTED: dict[str, Callable[[str, str], str]] = {
    "assignment": lambda name, value: f'{name} = "{value}"\n',
    "annotated": lambda name, value: f"{name}: str = '{value}'\n",
    "keyword": lambda name, value: f'connect("host", {name}="{value}", port=1)\n',
    "in brackets": lambda name, value: f'{name} = (\n    "{value}"\n)\n',
    "in two pieces": lambda name, value: f'{name} = "{value}" "{value}"\n',
    "raw bytes": lambda name, value: f'{name} = rb"{value}"\n',
    "compared": lambda name, value: f'if {name} == "{value}":\n    pass\n',
    "wrapped": lambda name, value: f'{name} = SecretStr("{value}")\n',
}
KEYED: dict[str, Callable[[str, str], str]] = {
    "dictionary": lambda name, value: f'd = {{"{name}": "{value}", "lr": 0.1}}\n',
    "subscript": lambda name, value: f"os.environ['{name}'] = '{value}'\n",
    "default": lambda name, value: f'os.getenv("{name}", "{value}")\n',
    "option": lambda name, value: f'reader.option("{name}", "{value}").load()\n',
    "json in a text": lambda name, value: f'body = "{{\\"{name}\\": \\"{value}\\"}}"\n',
    "name and value": lambda name, value: f'[{{"name": "{name}", "value": "{value}"}}]\n',
}
BARE: dict[str, Callable[[str, str], str]] = {
    "magic": lambda name, value: f"%env {name}={value}\n",
    "magic with space": lambda name, value: f"%env {name} {value}\n",
    "exported": lambda name, value: f"!export {name}={value} && run\n",
    "script": lambda name, value: f"%%bash\nset -e\n{name}={value} ./run\n",
    "connection": lambda name, value: f'c = "Server=db;{name}={value};Timeout=3"\n',
    "query": lambda name, value: f'u = "https://example.org/x?{name}={value}&page=2"\n',
    "header": lambda name, value: f"!curl -H '{name}: {value}' example.org\n",
    "written file": lambda name, value: f"%%writefile conf.yaml\na: 1\n{name}: {value}\n",
}


def random_texts(alphabet: str, size: int, count: int) -> list[str]:
    """Return the same random texts at each call."""
    source = random.Random(size)
    return ["".join(source.choices(alphabet, k=size)) for _ in range(count)]
