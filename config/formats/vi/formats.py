"""Day 3 month 12 year 2026, in small letters within a sentence."""

DATE_FORMAT = r"\n\g\à\y j \t\há\n\g n \nă\m Y"
MONTH_DAY_FORMAT = r"\n\g\à\y j \t\há\n\g n"
