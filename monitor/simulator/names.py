"""Hold the words from which the simulated operator is made: invented customers, cities, causes of faults, teams.

Data only. The customers are invented; some names carry signs that a careless page would not escape.
"""

from __future__ import annotations

from dataclasses import dataclass

GIVEN_NAMES = (
    ("云岫", "Yunxiu"), ("澄屿", "Chengyu"), ("沐禾", "Muhe"), ("棠川", "Tangchuan"), ("砚湖", "Yanhu"),
    ("霁原", "Jiyuan"), ("槐序", "Huaixu"), ("铄程", "Shuocheng"), ("麓鸣", "Luming"), ("楠汀", "Nanting"),
    ("汐岚", "Xilan"), ("泊渡", "Bodu"), ("栖梧", "Qiwu"), ("桉峤", "Anqiao"), ("煦港", "Xugang"),
    ("珑溪", "Longxi"), ("苇航", "Weihang"), ("钧岭", "Junling"), ("穗澜", "Suilan"), ("榕舟", "Rongzhou"),
)  # fmt: skip

SECTORS = (
    ("银行", "Bank"), ("医院", "Hospital"), ("港务航运", "Port & Shipping"), ("航空", "Airways"),
    ("证券", "Securities"), ("保险", "Insurance"), ("电力", "Power"), ("地铁", "Metro"), ("大学", "University"),
    ("物流", "Logistics"), ("制药", "Pharma"), ("汽车", "Motors"), ("零售", "Retail"), ("酒店", "Hotels"),
    ("父子商行", "Father & Son Trading"),
)  # fmt: skip

HOME_CITIES = (
    ("GZ", "Guangzhou"), ("SZ", "Shenzhen"), ("FS", "Foshan"), ("DG", "Dongguan"),
    ("ZH", "Zhuhai"), ("ST", "Shantou"), ("ZS", "Zhongshan"), ("HZ", "Huizhou"),
)  # fmt: skip

FAR_CITIES = (
    ("SH", "Shanghai"), ("BJ", "Beijing"), ("CD", "Chengdu"), ("WH", "Wuhan"),
    ("NJ", "Nanjing"), ("XA", "Xi'an"), ("CS", "Changsha"), ("XM", "Xiamen"),
)  # fmt: skip

BANDWIDTHS = ("2 Mbit/s", "10 Mbit/s", "100 Mbit/s", "1 Gbit/s", "10 Gbit/s")


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a circuit fails, what that does to it, which kind of team repairs it."""

    name: str
    circuit_status: str
    team: str
    repair: str


CAUSES = (
    Cause("Fibre cut", "down", "Line Crew", "fibre spliced"),
    Cause("Loss of signal", "down", "Transmission", "optical module replaced"),
    Cause("Power failure at the node", "down", "Site Power", "power restored"),
    Cause("Port down after a board fault", "down", "IP Network", "board replaced"),
    Cause("Access equipment unreachable", "down", "Access", "equipment restarted"),
    Cause("Packet loss above the limit", "degraded", "IP Network", "traffic moved to another path"),
    Cause("Delay above the limit", "degraded", "IP Network", "routing corrected"),
    Cause("Optical power low, errors rising", "degraded", "Transmission", "connector cleaned"),
)

PROGRESS = (
    "Fault located, crew on the way",
    "抢修人员已到现场",
    "Repair going on; next report as agreed",
    "正在测试备用路由",
    "Measured from both ends <loss 0.4 %>; waiting for the second test",
    "预计一小时内恢复，请客户留意",
    "Spare port prepared & tested",
)

REMARKS = ("Customer reported by phone", "Seen first by the network's own alarm", "Same node as last week's fault")
