"""Make readable names for runs and models that were given none: `brave-otter-412`."""

from __future__ import annotations

import os
from typing import Final

_ADJECTIVES: Final = """
able amber bold brave brisk calm candid clever crisp daring deft eager early fair fleet fond
gentle glad grand handy hardy hazel humble ideal jolly keen kind lively loyal lucid mellow merry
mild neat nimble noble open patient placid plucky polite proud quick quiet rapid ready silent
smooth solid spry steady stoic subtle sunny swift tidy trusty upbeat vivid warm wise
"""
_ANIMALS: Final = """
ant auk badger bat bear beaver bee bison boar buck carp cat cod colt crab crane crow deer dove
duck eagle eel elk emu falcon fawn finch fish fly fox frog gnat goat goose gull hare hawk hen
heron horse jay kite koala lark lion lynx mink mole moose moth mouse newt otter owl ox panda perch
pug quail ram rat raven rook seal shark sheep shrew skunk sloth snail snake squid stag stoat swan
tern toad trout vole wasp whale wolf worm wren yak zebra
"""


def readable_name() -> str:
    """Return a random `adjective-animal-number`."""
    number = int.from_bytes(os.urandom(8), "little")
    adjectives, animals = _ADJECTIVES.split(), _ANIMALS.split()
    adjective = adjectives[number % len(adjectives)]
    animal = animals[(number >> 16) % len(animals)]
    return f"{adjective}-{animal}-{(number >> 32) % 1000}"
