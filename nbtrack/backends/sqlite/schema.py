"""The tables of the store, as numbered migrations. Add at the end; never edit an old one.

Rows of runs and keys have integer ids; text stands only in the tables that own it. Everything of a
run is clustered by (run, key). `docs/store.md` explains the tables, `docs/adr` the reasons.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Final, NamedTuple

from nbtrack.backends.sqlite.packs import TABLES, pack_finished

APPLICATION_ID: Final = 0x6E627472  # "nbtr", stored in the file's header

_V1: Final = """
create table experiment (
    id integer primary key,
    name text not null unique,
    artifact_location text,          -- null: below the store's own artifact root
    stage integer not null,          -- 0 active, 1 deleted
    creation_time integer not null,
    last_update_time integer not null
);
create table experiment_tag (
    experiment integer not null,
    key text not null,
    value text not null,
    primary key (experiment, key)
) without rowid;
create table run (
    id integer primary key,
    run_id text not null unique,
    experiment integer not null,
    run_name text not null,
    user_id text not null,
    status text not null,
    start_time integer not null,
    end_time integer,
    stage integer not null,
    deletion_time integer
);
create index run_newest on run (experiment, stage, start_time desc, run_id);
create table key (
    id integer primary key,
    name text not null unique
);
create table param (
    run integer not null,
    key integer not null,
    position integer not null,       -- params come back in the order of their first log
    value text not null,
    primary key (run, key)
) without rowid;
create table tag (
    run integer not null,
    key integer not null,
    value text not null,
    primary key (run, key)
) without rowid;
create table metric (
    run integer not null,
    key integer not null,
    position integer not null,
    count integer not null,          -- points, NaN included
    last_value real,                 -- null: NaN; the greatest point by (step, time, value)
    last_step integer not null,
    last_time integer not null,
    high_time integer,               -- greatest time of all points; null: last_time
    -- with one point all that follows is null and is read from the last point
    first_value real,
    first_step integer,
    first_time integer,
    min_value real,
    min_step integer,
    max_value real,
    max_step integer,
    nans integer,
    shift real,                      -- sums are of (value - shift), NaN left out
    total real,
    squares real,
    tail integer,                    -- the block that takes the next points
    primary key (run, key)
) without rowid;
create table block (
    id integer primary key,
    run integer not null,
    key integer not null,
    low_step integer not null,
    high_step integer not null,
    low_time integer not null,
    high_time integer not null,
    is_ordered integer not null,     -- 1: by time, step, value
    body blob not null               -- all steps, all times (int64), all values (float64)
);
create index block_range on block (run, key, low_step, high_step, low_time, high_time);
create table dataset (
    id integer primary key,
    experiment integer not null,
    name text not null,
    digest text not null,
    source_type text not null,
    source text not null,
    schema text,
    profile text,
    unique (experiment, name, digest)
);
create table dataset_input (
    id integer primary key,
    run integer not null,
    dataset integer not null,
    unique (run, dataset)
);
create table dataset_input_tag (
    input integer not null,
    key text not null,
    value text not null,
    primary key (input, key)
) without rowid;
create table model_input (
    id integer primary key,
    run integer not null,
    model_id text not null,
    unique (run, model_id)
);
create table model_output (
    id integer primary key,
    run integer not null,
    model_id text not null,
    step integer not null,
    unique (run, model_id)
);
create table model (
    id integer primary key,
    model_id text not null unique,
    experiment integer not null,
    name text not null,
    model_type text not null,
    source_run_id text not null,
    status text not null,
    stage integer not null,
    creation_time integer not null,
    last_update_time integer not null
);
create index model_newest on model (experiment, stage, creation_time desc, model_id);
create table model_param (
    model integer not null,
    key text not null,
    value text not null,
    primary key (model, key)
) without rowid;
create table model_tag (
    model integer not null,
    key text not null,
    value text not null,
    primary key (model, key)
) without rowid;
create table model_metric (
    model integer not null,
    key text not null,
    time integer not null,
    step integer not null,
    run_id text not null,
    value real,                      -- null: NaN
    dataset_name text,
    dataset_digest text,
    primary key (model, key, time, step, run_id)
) without rowid;
create table permission (
    experiment integer not null,
    kind text not null,              -- user_name, group_name or service_principal_name
    principal text not null,
    level text not null,
    primary key (experiment, kind, principal)
) without rowid;
insert into experiment (id, name, stage, creation_time, last_update_time)
select 0, 'Default', 0, now, now
from (select cast((julianday('now') - 2440587.5) * 86400000 as integer) as now);
"""

_V2: Final = """
create table layout (
    id integer primary key,
    keys blob not null unique        -- ids of keys as a JSON list
);
create table metric_pack (
    run integer primary key,
    layout integer not null,
    body blob not null               -- last values in the order of the layout's keys (float64)
);
create table param_pack (
    run integer primary key,
    layout integer not null,
    body blob not null               -- values in the order of the layout's keys, a JSON list
);
create table tag_pack (
    run integer primary key,
    layout integer not null,
    body blob not null               -- the same of tags
);
"""
_V2_TRIGGERS: Final = "".join(
    f"""
create trigger {table}_{event}_unpacks after {event} on {table}
when exists (select 1 from {table}_pack where run = {row}.run)
begin
    delete from {table}_pack where run = {row}.run;
end;
"""
    for table in TABLES
    for event, row in (("insert", "new"), ("update", "new"), ("delete", "old"))
)
"""Whoever writes, the engine or anything else, leaves no pack that is untrue."""


class Migration(NamedTuple):
    """A step to the next version: statements, and what is then done with the rows."""

    script: str
    fill: Callable[[sqlite3.Connection], None] | None = None


MIGRATIONS: Final[tuple[Migration, ...]] = (
    Migration(_V1),
    Migration(_V2 + _V2_TRIGGERS, pack_finished),
)
"""Migration n takes a store from version n to version n + 1."""
