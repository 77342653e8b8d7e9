"""Redaction leaves code, ids and settings alone that hold no secret."""

from __future__ import annotations

import sysconfig
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbtrack.context import redact_diff, redact_source, redact_values
from tests.context.planted import HEX

STDLIB = Path(sysconfig.get_path("stdlib"))
MODULES = (
    *("json/decoder.py", "dataclasses.py", "statistics.py", "argparse.py", "tokenize.py"),
    *("inspect.py", "pathlib.py", "random.py", "typing.py", "functools.py", "tempfile.py"),
    *(
        "collections/__init__.py",
        "asyncio/tasks.py",
        "unittest/mock.py",
        "concurrent/futures/thread.py",
    ),
)

ORDINARY = """
import os
from getpass import getpass
from transformers import AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("bert-base-uncased")
model_name = "glove-wiki-gigaword-300"
pad_token, eos_token = "<pad>", "</s>"
tokenizer.add_special_tokens({"pad_token": "[PAD]", "stop_token": "<|endoftext|>"})
max_tokens = 4096
tokens = ["the", "cat", "sat"]
token = "hello"
for token in tokens:
    print("Token: ", token)

password = getpass("Password: ")
api_key = os.environ["OPENAI_API_KEY"]
token = os.getenv("HF_TOKEN")
secret = dbutils.secrets.get(scope="ml", key="db_password_name")
headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
url = f"postgresql://{user}:{password}@{host}:5432/{database}"
client = connect(user=user, password=password, token=token1, api_key=settings.api_key)
columns = ["password", "token", "secret"]
frame = frame.rename(columns={"secret_name": "name", "token_count": "tokens"})
sort_key = "timestamp"
primary_key = "customer_identifier"
cache_key = "features/2024-11-23/train"

class Credentials:
    \"\"\"What a login needs.\"\"\"

    password: str
    token: str | None = None
    api_key: SecretStr

def login(password: str, *, token: str = "", secret: bytes = b"") -> Credentials:
    \"\"\"Log in with a password or a token.\"\"\"
    if not password:
        raise ValueError("The password is missing")
    return Credentials(password, token)

run_id = "4f3c2b1a0e9d8c7b6a5f4e3d2c1b0a99"
commit = "18933cad45711c1e4c0b0ee28940017248506c55"
digest = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
session = "123e4567-e89b-12d3-a456-426614174000"
artifact = "mlflow-artifacts:/3/4f3c2b1a0e9d8c7b6a5f4e3d2c1b0a99/artifacts/model/MLmodel"
checkpoint = "resnet50_cifar10_bs128_lr1e-3_wd5e-4_epoch90"
estimator = "sklearn.ensemble.HistGradientBoostingClassifier"
alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
pattern = r"^[A-Za-z0-9_.-]+@[A-Za-z0-9-]+$"
when = "2024-11-23T09:58:12.123456+00:00"
%load_ext nbtrack
%config InlineBackend.figure_format = "retina"
!pip install --quiet "scikit-learn>=1.6"
!export TOKEN=$OTHER_TOKEN
!curl -H "Authorization: Bearer $TOKEN" https://example.org
"""


def test_an_ordinary_notebook_stays_as_it_is() -> None:
    redacted = redact_source(ORDINARY)
    assert redacted.text == ORDINARY
    assert dict(redacted.kinds) == {}


@pytest.mark.parametrize("line", [line for line in ORDINARY.splitlines() if line.strip()])
def test_an_ordinary_line_stays_as_it_is_in_a_diff(line: str) -> None:
    diff = f"diff --git a/x.py b/x.py\n@@ -1 +1 @@\n-{line}\n+{line}\n"
    assert redact_diff(diff).text == diff


@pytest.mark.parametrize("module", MODULES)
def test_a_module_of_python_stays_as_it_is(module: str) -> None:
    source = (STDLIB / module).read_text("utf-8")
    assert dict(redact_source(source).kinds) == {}


@pytest.mark.parametrize("size", [7, 12, 20, 32, 40, 64])
@given(data=st.data())
def test_commits_and_run_ids_stay(size: int, data: st.DataObject) -> None:
    text = f'x = "{data.draw(st.text(HEX, min_size=size, max_size=size))}"\n'
    assert redact_source(text).text == text


@given(value=st.uuids() | st.floats() | st.integers() | st.datetimes() | st.dates())
def test_ids_numbers_and_times_stay(value: object) -> None:
    text = f'x = "{value}"\ny = {value}\n'
    assert redact_source(text).text == text


WORDS = ("train", "validation", "split", "ratio", "learning", "rate", "max", "depth", "model")


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=8), st.sampled_from("_-./"))
def test_long_names_stay(words: list[str], separator: str) -> None:
    camel = "".join(word.title() for word in words)
    text = f'x = "{separator.join(words)}"\ny = "{camel}Regressor2"\n'
    assert redact_source(text).text == text


def test_params_and_tags_stay() -> None:
    values = {
        "lr": 1e-3,
        "max_tokens": 512,
        "tokenizer": "bert-base-uncased",
        "pad_token": "<pad>",
        "token_ids": [1, 2, 3],
        "layers": {"hidden": (64, 32)},
        "mlflow.source.git.commit": "18933cad45711c1e4c0b0ee28940017248506c55",
        "mlflow.source.git.repoURL": "https://example.org/ann/code.git",
        "mlflow.runName": "brave-otter-412",
        "checkpoint": "s3://bucket/run/4f3c2b1a0e9d8c7b6a5f4e3d2c1b0a99/model.pt",
    }
    redacted = redact_values(values)
    assert redacted.values == values | {"layers": {"hidden": [64, 32]}}
    assert redacted.removed == 0
