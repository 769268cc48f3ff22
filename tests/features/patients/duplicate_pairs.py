"""Pairs of records: 30 of one person as a desk mistypes him, 20 of two people who look alike.

Every entry is (name, birth as typed, sex, phone); the names are invented.
"""

# ruff: noqa: E501 - a table is read line by line

from __future__ import annotations

Entry = tuple[str, str, str, str]

SAME_PERSON: list[tuple[str, Entry, Entry]] = [
    # typing errors in the name
    ("letter left out", ("Catherine Johnson", "1984-03-12", "F", ""), ("Catherine Jonson", "1984-03-12", "F", "")),
    ("letter doubled", ("Mohammed Hussain", "1990-11-02", "M", ""), ("Mohamed Hussain", "1990-11-02", "M", "")),
    ("letters swapped", ("Li Wei", "1975-06-21", "M", ""), ("Li Wie", "1975-06-21", "M", "")),
    ("neighbouring key", ("Gabriela Fernandes", "1968-01-30", "F", ""), ("Gabriela Fernandws", "1968-01-30", "F", "")),
    ("other first letter", ("Katherine Miller", "1979-08-17", "F", ""), ("Catherine Miller", "1979-08-17", "F", "")),
    ("two errors", ("Siobhan O'Sullivan", "1988-05-09", "F", ""), ("Siobahn OSulivan", "1988-05-09", "F", "")),
    ("accents left out", ("José Núñez Ortiz", "1959-12-24", "M", ""), ("Jose Nunez Ortiz", "1959-12-24", "M", "")),
    ("umlaut written out", ("Jürgen Müller", "1964-02-11", "M", ""), ("Juergen Mueller", "1964-02-11", "M", "")),
    ("Greek, letter wrong", ("Ελένη Παπαδοπούλου", "1992-07-03", "F", ""), ("Ελενη Παπαδοπουλο", "1992-07-03", "F", "")),
    ("Cyrillic, letter wrong", ("Наталья Иванова", "1981-10-15", "F", ""), ("Наталия Иванова", "1981-10-15", "F", "")),
    ("Devanagari, vowel wrong", ("प्रिया शर्मा", "1995-04-18", "F", ""), ("प्रीया शर्मा", "1995-04-18", "F", "")),
    ("Arabic, alef and yeh", ("أحمد علي حسن", "1970-09-09", "M", ""), ("احمد على حسن", "1970-09-09", "M", "")),
    ("Hangul, syllable wrong", ("김민수", "1987-03-30", "M", "010-2345-6789"), ("김민서", "1987-03-30", "M", "010-2345-6789")),
    # parts swapped, split, left out
    ("parts swapped", ("Anna Kowalska", "1973-11-27", "F", ""), ("Kowalska Anna", "1973-11-27", "F", "")),
    ("Chinese, parts swapped", ("王 小明", "2001-01-19", "M", ""), ("小明 王", "2001-01-19", "M", "")),
    ("Chinese, written together", ("王小明", "2001-01-19", "M", ""), ("王 小明", "2001-01-19", "M", "")),
    ("Tamil, parts swapped", ("முருகன் செல்வம்", "1966-06-06", "M", ""), ("செல்வம் முருகன்", "1966-06-06", "M", "")),
    ("middle name left out", ("Maria Luisa Santos", "1955-08-14", "F", ""), ("Maria Santos", "1955-08-14", "F", "")),
    ("middle name as a letter", ("John Robert Baker", "1948-02-29", "M", ""), ("John R Baker", "1948-02-29", "M", "")),
    ("given names joined", ("Mary Ann Wilkins", "1999-12-01", "F", ""), ("Maryann Wilkins", "1999-12-01", "F", "")),
    ("swapped and mistyped", ("Fatima Al Zahra", "1993-05-25", "F", ""), ("Al Zahra Fatma", "1993-05-25", "F", "")),
    # birth dates
    ("day and month swapped", ("Peter Novak", "1961-04-09", "M", ""), ("Peter Novak", "1961-09-04", "M", "")),
    ("year's digits swapped", ("Aisha Bello", "1987-07-13", "F", ""), ("Aisha Bello", "1978-07-13", "F", "")),
    ("day's digits swapped", ("Tomás Ferreira", "1990-10-21", "M", ""), ("Tomas Ferreira", "1990-10-12", "M", "")),
    ("one digit wrong", ("Ingrid Larsen", "1944-03-18", "F", ""), ("Ingrid Larsen", "1944-03-13", "F", "")),
    ("a year off", ("Samuel Osei", "2012-09-30", "M", ""), ("Samuel Osei", "2011-09-30", "M", "")),
    ("name and date", ("Deborah Whitfield", "1971-06-08", "F", ""), ("Debora Whitfield", "1971-08-06", "F", "")),
    # little known
    ("age guessed", ("Abdul Rahman Khan", "1969-02-02", "M", ""), ("Abdul Rahman Khan", "about 55", "M", "")),
    ("birth unknown, same phone", ("Grace Wanjiku", "1985-01-05", "F", "+254 712 345678"), ("Grace Wanjiko", "", "F", "0712 345678")),
    ("only the year", ("Nguyễn Thị Hương", "1977-11-11", "F", ""), ("Nguyen Thi Huong", "1977", "F", "")),
]  # fmt: skip

TWO_PEOPLE: list[tuple[str, Entry, Entry]] = [
    ("father and son", ("John Baker", "1950-03-01", "M", "555 010 2030"), ("John Baker", "1981-07-19", "M", "555 010 2030")),
    ("brother and sister", ("Emma Clark", "2015-05-05", "F", "555 010 7777"), ("Noah Clark", "2015-05-05", "M", "555 010 7777")),
    ("sisters", ("Amina Yusuf", "2002-02-14", "F", "0803 555 1212"), ("Zainab Yusuf", "2004-09-01", "F", "0803 555 1212")),
    ("common name", ("Maria Garcia", "1980-01-01", "F", ""), ("Maria Garcia", "1992-06-15", "F", "")),
    ("common name, other year only", ("Wang Fang", "1988", "F", ""), ("Wang Fang", "1971", "F", "")),
    ("similar names", ("Ahmed Khan", "1975-05-20", "M", ""), ("Ahmad Khan", "1983-12-11", "M", "")),
    ("same day, other names", ("Olga Petrova", "1979-03-08", "F", ""), ("Irina Sidorova", "1979-03-08", "F", "")),
    ("same day, same family name", ("Rajesh Patel", "1990-08-15", "M", ""), ("Mahesh Patel", "1990-08-15", "M", "")),
    ("husband and wife", ("Daniel Weber", "1972-10-10", "M", "030 1234567"), ("Daniela Weber", "1974-04-02", "F", "030 1234567")),
    ("same given name", ("Fatou Diallo", "1996-06-06", "F", ""), ("Fatou Traoré", "1996-06-06", "F", "")),
    ("phone of the ward", ("Kofi Mensah", "1999-01-20", "M", "030 277 8899"), ("Ama Serwaa", "1999-01-21", "F", "030 277 8899")),
    ("Chinese, one family name", ("李娜", "1991-09-09", "F", ""), ("李强", "1991-09-09", "M", "")),
    ("Korean, one family name", ("박지훈", "1984-04-04", "M", ""), ("박서연", "1984-04-04", "F", "")),
    ("Devanagari, one family name", ("राम किशोर", "1960-12-12", "M", ""), ("श्याम किशोर", "1963-12-12", "M", "")),
    ("Arabic, one family name", ("محمد حسن", "1977-07-07", "M", ""), ("سارة حسن", "1977-07-07", "F", "")),
    ("same name, other sex and age", ("Andrea Rossi", "1965-05-05", "M", ""), ("Andrea Rossi", "1995-11-25", "F", "")),
    ("one part in common", ("Juan Carlos Lopez", "1986-02-03", "M", ""), ("Juan Miguel Herrera", "1986-02-03", "M", "")),
    ("short names", ("Vu An", "2003-03-03", "M", ""), ("Vo Anh", "2008-10-23", "M", "")),
    ("birth unknown, other name", ("Peter Otieno", "", "M", ""), ("Peter Odhiambo", "1982-08-08", "M", "")),
    ("twins", ("Hannah Schmidt", "2010-10-10", "F", "040 998877"), ("Johanna Schmidt", "2010-10-10", "F", "040 998877")),
]  # fmt: skip
