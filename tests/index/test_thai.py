"""Cutting of Thai into sentences."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.sentences import sentences


def cut(line: str) -> list[str]:
    """Return the sentences of one line of Thai."""
    return [line[start:end] for start, end in sentences(line, (0, len(line)), "th")]


@pytest.mark.parametrize(
    "expected",
    [
        ["สภาเทศบาลเมืองอนุมัติงบประมาณสำหรับท่าเรือแห่งใหม่", "นอกจากนี้ยังอนุมัติโรงเรียนสองแห่ง"],
        ["นายกเทศมนตรีประกาศลาออกเมื่อวันที่ 4 พฤษภาคมที่ศาลากลาง", "เขาจะย้ายไปอยู่ต่างจังหวัด"],
        ["ชาวประมงขายปลาหมึก กุ้ง และหอยในตลาดทุกเช้า เป็นต้น", "เรือออกทะเลตอนกลางคืนเท่านั้น"],
        [
            "ท่าเรือของเมืองถูกปิดมาเป็นเวลาสามเดือนเนื่องจากพายุลูกใหญ่ที่พัดถล่มชายฝั่งทางตะวันออกเมื่อต้นปีที่ผ่านมา",
            "ชาวบ้านจำนวนมากต้องเดินทางด้วยรถโดยสารแทนเรือข้ามฟาก",
        ],
    ],
)
def test_thai_is_cut_between_clauses(expected: list[str]) -> None:
    assert cut(" ".join(expected)) == expected


@pytest.mark.parametrize(
    "line",
    [
        "เรือ 20 ลำออกทะเล และกลับมาในวันที่ 3 มีนาคม",  # numbers, and
        "ท่าเรือของเมืองถูกปิดมาเป็นเวลาสามเดือนเนื่องจากพายุลูกใหญ่ที่พัดถล่มชายฝั่งทางตะวันออกเมื่อต้นปีที่ผ่านมา ซึ่งทำให้ชาวบ้านจำนวนมากเดือดร้อน",
        "ผู้ว่าการกล่าวว่า “ท่าเรือถูกปิดมาเป็นเวลาสามเดือนแล้วเพราะพายุลูกใหญ่ นอกจากนี้สะพานยังชำรุด”",
        "นายกเทศมนตรีของเมืองคือ สมชาย ใจดี และรองคือ มานี มีตา",
        "บริษัท Harbor Foods เปิดโรงงานใน Bangkok",
    ],
)
def test_thai_is_not_cut_within_a_sentence(line: str) -> None:
    assert cut(line) == [line]


@given(st.text(alphabet='กาเขาและ 12.()"“”ab', max_size=200))
def test_sentences_of_thai_cover_the_line_and_are_trimmed(line: str) -> None:
    spans = sentences(line, (0, len(line)), "th")
    assert "".join("".join(line[start:end].split()) for start, end in spans) == "".join(line.split())
    assert all(first[1] <= second[0] for first, second in pairwise(spans))
    assert all(line[start:end] and line[start:end] == line[start:end].strip() for start, end in spans)
