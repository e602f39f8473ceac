"""Files of rows, and what is wrong with them: the file, the line, the column."""

import datetime as dt
from array import array
from decimal import Decimal

import pytest

from transformer.tables import RowsError
from transformer.tables.reading import parse_types, read_rows


@pytest.fixture
def rows(tmp_path):
    def read(name, content, types=""):
        path = tmp_path / name
        path.write_bytes(content)
        return list(read_rows(path, parse_types(types)))

    return read


def test_values_of_csv_are_strings_unless_types_say_otherwise(rows):
    content = 'id,price,active,tags,note\n"a",1.5,yes,"[1,2]","x, ""y""\nz"\nb,,,,\nc,7,FALSE,{},ä\n'.encode()
    assert rows("a.csv", content)[0] == {"id": "a", "price": "1.5", "active": "yes", "tags": "[1,2]", "note": 'x, "y"\nz'}
    assert rows("a.csv", content, "price=number, active=boolean,tags=json,note=string") == [
        {"id": "a", "price": 1.5, "active": True, "tags": [1, 2], "note": 'x, "y"\nz'},
        {"id": "b", "price": None, "active": None, "tags": None, "note": ""},
        {"id": "c", "price": 7, "active": False, "tags": {}, "note": "ä"},
    ]


def test_marks_of_editors_carriage_returns_and_tabs_are_read(rows):
    assert rows("a.csv", b"\xef\xbb\xbfid,n\r\na,1\r\n") == [{"id": "a", "n": "1"}]
    assert rows("a.tsv", b"id\tn\na,b\t1\n") == [{"id": "a,b", "n": "1"}]
    assert rows("a.jsonl", b'\xef\xbb\xbf{"id":1}\r\n\n{"id":2}') == [{"id": 1}, {"id": 2}]


def test_empty_files_have_no_rows(rows):
    assert rows("a.csv", b"id,n\n") == rows("a.jsonl", b"") == []


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", b"id,n\na,1\n", "a.csv:2: there is no 'plan', which is to be the key; there are id, n"),
        ("a.jsonl", b'{"plan":1}\n\n{"n":2}\n', "a.jsonl:3: there is no 'plan', which is to be the key; there are n"),
        (
            "a.jsonl",
            b'{"plan":1}\n{"plan":1.5}\n',
            'a.jsonl:2: "plan" is the key, and has to be a string, an integer or a boolean',
        ),
        ("a.jsonl", b'{"plan":1}\n{"plan":null}\n', 'a.jsonl:2: "plan" is the key, and has to be'),
        ("a.csv", b"plan\n" + b"x" * 1025, "a.csv:2: the key has 1025 bytes; at most 1024"),
    ],
)
def test_a_row_whose_key_is_none_is_told_with_its_place(tmp_path, name, content, told):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(RowsError) as caught:
        list(read_rows(path, key="plan"))
    assert told in str(caught.value)


def test_types_of_json_lines_are_for_texts(rows):
    assert rows("a.ndjson", b'{"id":"1","n":"5"}\n{"id":"2","n":6}', "n=integer") == [{"id": "1", "n": 5}, {"id": "2", "n": 6}]


def test_parquet_says_itself_what_values_are(rows, tmp_path):
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    when = dt.datetime(2026, 9, 1, 12, 30, tzinfo=dt.UTC)
    table = arrow.Table.from_pylist(
        [
            {"id": 1, "f": 1.5, "d": Decimal("2.50"), "t": when, "l": [1], "s": {"a": None}, "b": True},
            {"id": 2, "f": float("nan"), "d": Decimal("3.00"), "t": None, "l": [], "s": {"a": "x"}, "b": False},
        ]
    )
    parquet.write_table(table, tmp_path / "a.parquet")
    assert list(read_rows(tmp_path / "a.parquet")) == [
        {"id": 1, "f": 1.5, "d": 2.5, "t": "2026-09-01T12:30:00+00:00", "l": [1], "s": {"a": None}, "b": True},
        {"id": 2, "f": None, "d": 3, "t": None, "l": [], "s": {"a": "x"}, "b": False},
    ]
    parquet.write_table(arrow.Table.from_pylist([{"id": b"x"}]), tmp_path / "b.parquet")
    with pytest.raises(RowsError, match=r"b.parquet:1: column 'id': JSON has no such values \(bytes\)"):
        list(read_rows(tmp_path / "b.parquet"))
    (tmp_path / "c.parquet").write_bytes(b"PAR1 and nothing else")
    with pytest.raises(RowsError, match=r"c\.parquet: is no Parquet file that can be read"):
        list(read_rows(tmp_path / "c.parquet"))


@pytest.mark.parametrize(
    ("name", "content", "types", "told"),
    [
        ("a.xlsx", b"", "", "a.xlsx: rows are read from files that end with .csv, .tsv, .jsonl, .ndjson, .parquet"),
        ("a.csv", b"", "", "a.csv: is empty; the first line names the columns"),
        ("a.csv", b"id,id\n", "", "a.csv: two columns are named 'id'"),
        ("a.csv", b"id,,n\n", "", "a.csv: column 2 has no name"),
        ("a.csv", b"id,n\na\n", "", "a.csv:2: 1 fields, and the head names 2 columns"),
        ("a.csv", b"id,n\na,1,2\n", "", "a.csv:2: 3 fields"),
        ("a.csv", b'id,n\na,"1\n', "", "a.csv:2: unexpected end of data"),
        ("a.csv", b"\nid,n\na,1\n", "", "a.csv: begins with an empty line; the first line names the columns"),
        ("a.csv", b'id,n\na,1\nb,"x\ny\nz\n', "", "a.csv:5: unexpected end of data; the row begins in line 3"),
        ("a.csv", b'id,n\na,"' + b"x" * 1_100_000, "", "a.csv:2: field larger than field limit (1048576)"),
        ("a.csv", b'id,n\n"a"b,1\n', "", "a.csv:2: ',' expected after '\"'"),
        ("a.csv", ",".join(f"c{n}" for n in range(10_000)).encode(), "", "a.csv: there are 10000 columns; at most 1000"),
        ("a.csv", "id,n\n".encode("utf-16"), "", "a.csv: is not UTF-8 text, near line 1"),
        ("a.csv", b"id,n\na,1_0.5\n", "n=number", "this is no number"),
        ("a.csv", b"id,n\na,1e999\n", "n=number", "this is no number"),
        ("a.csv", b"id,n\na,\xff\n", "", "a.csv: is not UTF-8 text, near line"),
        ("a.csv", b"id,n\na,1\nb,x\n", "n=integer", "a.csv:3: column 'n': this is no integer"),
        ("a.csv", b"id,n\na,1_000\n", "n=integer", "a.csv:2: column 'n': this is no integer"),
        ("a.csv", b"id,n\na,99999999999999999999\n", "n=integer", "this is no integer"),
        ("a.csv", b"id,n\na,NaN\n", "n=number", "this is no number"),
        ("a.csv", b"id,n\na,maybe\n", "n=boolean", "this is no boolean"),
        ("a.csv", b"id,n\na,{\n", "n=json", "this is no json"),
        ("a.csv", b"id,n\na,1\n", "m=json", "a.csv: there is no column 'm' to have a type; columns are id, n"),
        ("a.jsonl", b'{"id":1}\n{"id":', "", "a.jsonl:2: this is no JSON in UTF-8"),
        ("a.jsonl", b"[]", "", "a.jsonl:1: a row is a JSON object"),
        ("a.jsonl", b'{"id":"' + b"x" * 1_100_000 + b'"}', "", "a.jsonl:1: the row has more than 1048576 bytes"),
    ],
    ids=range(26),
)
def test_what_is_wrong_is_told_with_its_place(rows, name, content, types, told):
    with pytest.raises(RowsError) as caught:
        rows(name, content, types)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("types", "told"),
    [
        ("n", "'n' is no COLUMN=TYPE"),
        ("n=text", "types are string, integer, number, boolean, json"),
        ("=string", "'=string' is no COLUMN=TYPE"),
        ("a=json,a=string", "the column 'a' has two types"),
    ],
)
def test_types_that_are_none_are_told(types, told):
    with pytest.raises(RowsError) as caught:
        parse_types(types)
    assert told in str(caught.value)


def test_a_column_may_have_an_equals_sign():
    assert parse_types("a=b=json") == {"a=b": "json"}


def test_the_lines_at_which_rows_end_are_noted(tmp_path):
    path, places = tmp_path / "a.csv", array("Q")
    path.write_bytes(b'id,n\n"a\nb",1\n\nc,"x\ny"\n')
    assert [row["id"] for row in read_rows(path, places=places)] == ["a\nb", "c"]
    assert list(places) == [3, 6]


def test_a_field_of_csv_may_be_as_large_as_a_row(rows):
    assert len(rows("a.csv", b"id,n\na," + b"x" * 500_000)[0]["n"]) == 500_000


def _parquets():
    """Columns of Parquet that no JSON can hold, and what is told of them."""
    arrow = pytest.importorskip("pyarrow")
    text = arrow.Array.from_buffers(
        arrow.string(), 1, [None, arrow.array([0, 2], arrow.int32()).buffers()[1], arrow.py_buffer(b"\xff\xfe")]
    )
    return {
        "a.parquet:2: column 'v': JSON has no such value (timestamp[ns])": arrow.array([0, 1], arrow.timestamp("ns")),
        "a.parquet:2: column 'v': JSON has no such value (timestamp[us])": arrow.array([0, 2**62], arrow.timestamp("us")),
        "a.parquet:1: column 'v': JSON has no such values (timedelta)": arrow.array([1], arrow.duration("s")),
        "a.parquet:1: column 'v': JSON has no such values (tuple)": arrow.array(
            [[("a", 1)]], arrow.map_(arrow.string(), arrow.int64())
        ),
        "a.parquet:1: column 'v': JSON has no such value (string)": text,
    }


def test_what_parquet_holds_and_json_does_not_is_told_with_its_row(tmp_path):
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "a.parquet"
    for told, values in _parquets().items():
        parquet.write_table(arrow.table({"id": list(range(len(values))), "v": values}), path)
        with pytest.raises(RowsError) as caught:
            list(read_rows(path, key="id"))
        assert told in str(caught.value)
    for told, names in (("two columns are named 'a'", ["a", "a"]), ("column 2 has no name", ["a", ""])):
        parquet.write_table(arrow.Table.from_arrays([arrow.array([1]), arrow.array([2])], names=names), path)
        with pytest.raises(RowsError, match=f"a.parquet: {told}"):
            list(read_rows(path))
    parquet.write_table(arrow.table({"id": arrow.array([], arrow.int64())}), path)
    with pytest.raises(RowsError, match=r"a.parquet: has no rows"):
        list(read_rows(path, key="id"))


def test_values_of_parquet_may_be_nested(tmp_path):
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    parquet.write_table(arrow.table({"id": [1], "v": [[{"a": [{"b": float("nan"), "c": "x"}]}]]}), tmp_path / "a.parquet")
    assert list(read_rows(tmp_path / "a.parquet")) == [{"id": 1, "v": [{"a": [{"b": None, "c": "x"}]}]}]
