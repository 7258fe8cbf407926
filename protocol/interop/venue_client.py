#!/usr/bin/python3
"""Trades at a running venue with nothing of Fairlead but fairlead.proto, and checks every reply.

Usage: venue_client.py HOST PORT [PROTO]

Needs protoc and the protobuf runtime for Python (Debian: protobuf-compiler, python3-protobuf). Two order sessions log on
over TCP; one rests orders, the other one takes them and follows the market data. Prints a JSON summary and exits with 0
when everything was as docs/PROTOCOL.md says; otherwise says what was not, and exits with 1.
"""
import importlib
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile

TIMEOUT_S = 10
PRICE = 1000
MARKET_DATA = ("book_snapshot", "book_delta", "trade", "best_bid_offer", "instrument_status", "auction_indication")

counts = {}
checks = 0


def check(condition, rule, found=None):
    """A rule of the protocol that the reply must keep."""
    global checks
    checks += 1
    if not condition:
        raise AssertionError(f"{rule}; found: {found}")


def load_schema(proto):
    """Compiles fairlead.proto and imports what protoc made of it."""
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run(
            ["protoc", f"--proto_path={proto.parent}", f"--python_out={directory}", proto.name], check=True
        )
        sys.path.insert(0, directory)
        return importlib.import_module(f"{proto.stem}_pb2")


def to_varint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


class Connection:
    """A stream of delimited frames in both directions, and the rules that hold for every frame of it."""

    def __init__(self, host, port):
        self.socket = socket.create_connection((host, port), TIMEOUT_S)
        self.stream = self.socket.makefile("rb")
        self.session_sequence = {}
        self.market_data = []

    def send(self, **message):
        body = pb.ClientFrame(**message).SerializeToString()
        self.send_bytes(to_varint(len(body)) + body)

    def send_bytes(self, data):
        self.socket.sendall(data)

    def read_frame(self):
        """The next frame, or None at the end of the stream."""
        length = shift = 0
        while True:
            byte = self.stream.read(1)
            if not byte:
                return None
            length |= (byte[0] & 127) << shift
            shift += 7
            if byte[0] < 128:
                break
        body = self.stream.read(length)
        check(len(body) == length, "a frame is as long as its prefix says", len(body))
        frame = pb.ServerFrame.FromString(body)
        kind = frame.WhichOneof("frame")
        check(kind is not None, "every frame holds a known message", body.hex())
        check(frame.SerializeToString() == body, "the bytes are those that another runtime writes", body.hex())
        counts[kind] = counts.get(kind, 0) + 1
        self.check_session_sequence(getattr(frame, kind))
        return frame

    def check_session_sequence(self, message):
        if not isinstance(message, (pb.ExecutionReport, pb.BusinessReject)) or message.session_sequence == 0:
            return
        expected = self.session_sequence.get(message.engine, 0) + 1
        check(message.session_sequence == expected, f"session_sequence is {expected}", message)
        self.session_sequence[message.engine] = expected

    def next(self, *kinds):
        """The next frame of one of these kinds. Market data on the way is kept, heartbeats are skipped."""
        while True:
            frame = self.read_frame()
            check(frame is not None, f"the venue answers with one of {kinds}", "the end of the stream")
            kind = frame.WhichOneof("frame")
            if kind in kinds:
                return getattr(frame, kind)
            if kind in MARKET_DATA:
                self.market_data.append(getattr(frame, kind))
            else:
                check(kind in ("heartbeat", "venue_status"), f"the venue answers with one of {kinds}", frame)

    def next_market_data(self):
        return self.market_data.pop(0) if self.market_data else self.next(*MARKET_DATA)

    def report(self, exec_type, **fields):
        """The next execution report, which must be of this type and have these fields."""
        report = self.next("execution_report")
        check(report.exec_type == pb.ExecType.Value("EXEC_TYPE_" + exec_type), f"the report says {exec_type}", report)
        return check_fields(report, fields)

    def reject(self, reason, **fields):
        reject = self.next("business_reject")
        expected = pb.RejectReason.Value("REJECT_REASON_" + reason)
        check(reject.reject_reason == expected and reject.text != "", f"the request is refused: {reason}", reject)
        return check_fields(reject, fields)

    def log_on(self, session):
        self.send(logon=pb.Logon(session=session, protocol_version=1, heartbeat_interval_ms=30000))
        accepted = self.next("logon_accepted")
        check_fields(accepted, {"session": session, "heartbeat_interval_ms": 30000})
        check(accepted.max_frame_bytes >= 256, "the longest frame is told", accepted)
        check(accepted.server_time > 1_500_000_000_000_000, "server_time is in microseconds since 1970", accepted)
        check(set(accepted.last_session_sequence) <= {0}, "a new session has had no reports", accepted)
        return accepted

    def expect_end(self, reason):
        logout = self.next("logout")
        check(logout.reason == pb.LogoutReason.Value("LOGOUT_REASON_" + reason), f"logged out: {reason}", logout)
        check(self.read_frame() is None, "nothing follows a logout")
        self.socket.close()


def check_fields(message, fields):
    for name, expected in fields.items():
        check(getattr(message, name) == expected, f"{name} is {expected}", message)
    check_quantities(message)
    return message


def check_quantities(message):
    if isinstance(message, pb.ExecutionReport) and message.leaves_qty > 0:
        check(message.order_qty == message.cum_qty + message.leaves_qty, "orderQty = cumQty + leavesQty", message)


def read_instruments(connection):
    connection.send(instruments_request=pb.InstrumentsRequest())
    instruments = []
    while True:
        part = connection.next("instrument_list")
        instruments.extend(part.instruments)
        if part.last:
            check(instruments, "the venue has instruments")
            return instruments


def subscribe(connection, instrument_id):
    """Levels by (side, price) from the snapshot, and its sequence number."""
    connection.send(subscribe=pb.Subscribe(instrument_id=instrument_id))
    check_fields(connection.next("instrument_status"), {"instrument_id": instrument_id})
    levels = {}
    while True:
        snapshot = connection.next("book_snapshot")
        check_fields(snapshot, {"instrument_id": instrument_id})
        for side, side_levels in ((pb.SIDE_BUY, snapshot.bids), (pb.SIDE_SELL, snapshot.offers)):
            levels.update({(side, level.price): (level.qty, level.order_count) for level in side_levels})
        if snapshot.last:
            return levels, snapshot.sequence_number


def limit(client_order_id, instrument_id, side, price, order_qty, **fields):
    return pb.NewOrder(
        client_order_id=client_order_id,
        instrument_id=instrument_id,
        side=side,
        order_type=pb.ORDER_TYPE_LIMIT,
        price=price,
        order_qty=order_qty,
        **fields,
    )


def rest_and_repeat(maker, instrument_id):
    """A resting order, then the same client order id again: with the same terms, with other terms."""
    order = limit(1, instrument_id, pb.SIDE_SELL, PRICE, 10, receipt=True)
    maker.send(new_order=order)
    accepted = maker.report("NEW", client_order_id=1, order_qty=10, leaves_qty=10, cum_qty=0, price=PRICE)
    check(accepted.HasField("receipt"), "a receipt comes when it was asked for", accepted)
    check(accepted.order_id > 0 and accepted.sequence_number > 0, "the venue gave an order id and a number", accepted)
    maker.send(new_order=order)
    maker.report("ORDER_STATUS", client_order_id=1, order_id=accepted.order_id, leaves_qty=10)
    maker.send(new_order=limit(1, instrument_id, pb.SIDE_SELL, PRICE + 1, 10))
    maker.report("REJECTED", reject_reason=pb.REJECT_REASON_DUPLICATE_CLIENT_ORDER_ID)
    return accepted.order_id


def replace_and_trade(maker, taker, instrument_id, order_id):
    maker.send(
        replace_order=pb.ReplaceOrder(
            client_order_id=2, orig_client_order_id=1, instrument_id=instrument_id, price=PRICE, order_qty=8
        )
    )
    maker.report("REPLACED", client_order_id=2, orig_client_order_id=1, order_id=order_id, order_qty=8, leaves_qty=8)
    taker.send(
        new_order=limit(
            1, instrument_id, pb.SIDE_BUY, PRICE + 5, 5, time_in_force=pb.TIME_IN_FORCE_IMMEDIATE_OR_CANCEL
        )
    )
    taker.report("NEW", client_order_id=1, order_qty=5)
    taken = taker.report("TRADE", client_order_id=1, last_px=PRICE, last_qty=5, cum_qty=5, leaves_qty=0)
    check(taken.order_status == pb.ORDER_STATUS_FILLED, "the aggressor is filled", taken)
    given = maker.report("TRADE", client_order_id=2, last_px=PRICE, last_qty=5, cum_qty=5, leaves_qty=3)
    check(given.order_status == pb.ORDER_STATUS_PARTIALLY_FILLED, "the resting order is partially filled", given)
    check(given.trade_id == taken.trade_id > 0, "both sides tell the same trade", (given, taken))
    return taken.trade_id


def cancel(maker, instrument_id):
    request = pb.CancelOrder(client_order_id=3, orig_client_order_id=2, instrument_id=instrument_id)
    maker.send(cancel_order=request)
    maker.report("CANCELED", client_order_id=3, orig_client_order_id=2, cum_qty=5, leaves_qty=0)
    maker.send(cancel_order=request)
    maker.reject("ORDER_CLOSED", client_order_id=3, orig_client_order_id=2)
    maker.send(cancel_order=pb.CancelOrder(orig_client_order_id=777, instrument_id=instrument_id))
    maker.reject("UNKNOWN_ORDER", orig_client_order_id=777)


def mass_cancel(maker, instrument_id):
    for client_order_id in (11, 12):
        maker.send(new_order=limit(client_order_id, instrument_id, pb.SIDE_BUY, PRICE - client_order_id, 7))
        maker.report("NEW", client_order_id=client_order_id)
    maker.send(mass_cancel=pb.MassCancel(client_order_id=13, instrument_id=instrument_id))
    maker.report("CANCELED", price=PRICE - 11)
    maker.report("CANCELED", price=PRICE - 12)
    check_fields(maker.next("mass_cancel_report"), {"client_order_id": 13, "canceled_count": 2})


def refusals(maker, instrument_id):
    for reason, order in (
        ("INVALID_QUANTITY", limit(21, instrument_id, pb.SIDE_BUY, PRICE, 0)),
        ("INVALID_QUANTITY", limit(22, instrument_id, pb.SIDE_BUY, PRICE, 2**32 - 1)),
        ("INVALID_PRICE", limit(23, instrument_id, pb.SIDE_BUY, 0, 1)),
        ("INVALID_PRICE", limit(24, instrument_id, pb.SIDE_BUY, -5, 1)),
        ("INVALID_SIDE", limit(25, instrument_id, pb.SIDE_UNSPECIFIED, PRICE, 1)),
        ("INVALID_CLIENT_ORDER_ID", limit(2**64 - 1, instrument_id, pb.SIDE_BUY, PRICE, 1)),
    ):
        maker.send(new_order=order)
        report = maker.report("REJECTED", reject_reason=pb.RejectReason.Value("REJECT_REASON_" + reason))
        check(report.text != "" and report.order_id == 0, "a rejection has words and no order id", report)


def further_terms(maker, instrument_id):
    """An order with terms beyond those of a plain one rests; requests that the gateway refuses by itself."""
    terms = {"post_only": pb.POST_ONLY_REJECT, "account": 7, "trade_group": 8}
    maker.send(new_order=limit(31, instrument_id, pb.SIDE_BUY, PRICE - 50, 5, **terms))
    maker.report("NEW", client_order_id=31, price=PRICE - 50, leaves_qty=5)
    maker.send(mass_cancel=pb.MassCancel(client_order_id=32, instrument_id=instrument_id, account=7))
    maker.report("CANCELED", orig_client_order_id=0, client_order_id=31)
    check_fields(maker.next("mass_cancel_report"), {"client_order_id": 32, "canceled_count": 1})
    orders = [limit(n, instrument_id, pb.SIDE_BUY, PRICE, 1) for n in range(41, 45)]
    maker.send(new_order_list=pb.NewOrderList(contingency=pb.CONTINGENCY_BRACKET, orders=orders))
    maker.reject("INVALID_LIST", request_type=pb.REQUEST_TYPE_NEW_ORDER_LIST, client_order_id=41, session_sequence=0)
    maker.send(operator_request=pb.OperatorRequest(request_id=1, set_phase=pb.SetPhase(phase=pb.PHASE_HALT)))
    maker.reject("NOT_AUTHORIZED", request_type=pb.REQUEST_TYPE_OPERATOR_REQUEST)


def check_market_data(taker, instrument_id, levels, sequence_number, trade_id):
    """What the maker's orders made public: one trade, and a book that ends as it began, without a gap on the way."""
    taker.send(heartbeat=pb.Heartbeat(request_id=2**53 - 1))
    check_fields(taker.next("heartbeat"), {"echo_id": 2**53 - 1})
    before = dict(levels)
    is_traded = False
    while not is_traded or levels != before:
        message = taker.next_market_data()
        check_fields(message, {"instrument_id": instrument_id})
        if isinstance(message, pb.Trade):
            check_fields(message, {"trade_id": trade_id, "price": PRICE, "qty": 5, "aggressor_side": pb.SIDE_BUY})
            is_traded = True
        if isinstance(message, pb.BookDelta):
            sequence_number += 1
            check_fields(message, {"sequence_number": sequence_number})
            apply(message.changes, levels)


def apply(changes, levels):
    for change in changes:
        if change.qty == 0:
            levels.pop((change.side, change.price), None)
        else:
            levels[change.side, change.price] = (change.qty, change.order_count)


def break_the_rules(host, port, session):
    for data, reason in (
        (b"\x02\x0a\x05", "MALFORMED_FRAME"),
        (b"\x00", "EMPTY_FRAME"),
        (b"\xff\xff\xff\x7f", "FRAME_TOO_LARGE"),
        (b"\x06\x2a\x04\x0a\x02\xc3\x28", "INVALID_TEXT"),
        (b"\x02\x2a\x00", "ALREADY_LOGGED_ON"),
    ):
        connection = Connection(host, port)
        connection.log_on(session)
        connection.send_bytes(data)
        connection.expect_end(reason)
    connection = Connection(host, port)
    connection.send(heartbeat=pb.Heartbeat())
    connection.expect_end("LOGON_EXPECTED")


def main(host, port):
    run = os.urandom(4).hex()
    maker, taker = Connection(host, port), Connection(host, port)
    venue = maker.log_on(f"interop-maker-{run}").venue
    taker.log_on(f"interop-taker-{run}")
    instruments = read_instruments(maker)
    instrument_id = instruments[0].instrument_id
    levels, sequence_number = subscribe(taker, instrument_id)
    order_id = rest_and_repeat(maker, instrument_id)
    trade_id = replace_and_trade(maker, taker, instrument_id, order_id)
    cancel(maker, instrument_id)
    mass_cancel(maker, instrument_id)
    refusals(maker, instrument_id)
    further_terms(maker, instrument_id)
    check_market_data(taker, instrument_id, levels, sequence_number, trade_id)
    for connection in (maker, taker):
        connection.send(logout=pb.Logout())
        connection.expect_end("REQUESTED")
    break_the_rules(host, port, f"interop-rules-{run}")
    print(json.dumps({"ok": True, "venue": venue, "instruments": len(instruments), "checks": checks, "frames": counts}))


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    default_proto = pathlib.Path(__file__).resolve().parent.parent / "fairlead.proto"
    pb = load_schema(pathlib.Path(sys.argv[3]).resolve() if len(sys.argv) == 4 else default_proto)
    try:
        main(sys.argv[1], int(sys.argv[2]))
    except (AssertionError, OSError) as error:
        print(json.dumps({"ok": False, "error": str(error), "checks": checks, "frames": counts}))
        sys.exit(1)
