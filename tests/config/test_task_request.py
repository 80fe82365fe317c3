"""Nobody gives the broker a receipt for a message of the schedule."""

from __future__ import annotations

from kombu import Connection
from kombu.utils.imports import symbol_by_name

from config.celery import app
from config.operations.tasks import send_codes


def test_queue_counts_a_message_as_delivered_when_it_is_taken() -> None:
    assert [queue.no_ack for queue in app.amqp.queues.values()] == [True]


def test_worker_acknowledges_nothing() -> None:
    told: list[object] = []
    with Connection("memory://") as connection:
        send_codes.apply_async(producer=connection.Producer())
        message = connection.SimpleQueue("celery", no_ack=True).get(timeout=1)
        made = symbol_by_name(send_codes.Request)
        request = made(message, app=app, hostname="here", on_ack=lambda *said: told.append(said))

        request.acknowledge()

    assert request.acknowledged
    assert not told
