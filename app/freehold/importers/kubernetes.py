"""Kubernetes nodes: `kubectl get nodes -o json`, a List or one Node.

Accelerators of a node stand on its resource. No pool is made of them: shares add resources and
pools, so they would count twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from freehold.importers.account import ImportResult
from freehold.importers.inventory import (
    NO_ID,
    NOT_OBJECT,
    Item,
    Left,
    mapping,
    raw_text,
    read_items,
    text,
)
from freehold.importers.job import Job
from freehold.importers.lookups import data_frame
from freehold.importers.opened import Opened

KIND = "kubernetes_nodes"
TITLE = "Kubernetes nodes from kubectl get nodes -o json"
NOT_NODE = "another kind of Kubernetes object, not a node"

_REGION = ("topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/region")
_ZONE = ("topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone")
_TYPE = ("node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type",
         "nvidia.com/gpu.machine")  # fmt: skip
_PRODUCT = ("nvidia.com/gpu.product", "amd.com/gpu.product-name", "beta.amd.com/gpu.product-name",
            "cloud.google.com/gke-accelerator", "cloud.google.com/gke-tpu-accelerator",
            "k8s.amazonaws.com/accelerator", "accelerator")  # fmt: skip
_CAPACITY = ("nvidia.com/gpu", "amd.com/gpu", "gpu.intel.com/i915", "habana.ai/gaudi",
             "google.com/tpu", "aws.amazon.com/neuron")  # fmt: skip
_CLUSTER = ("alpha.eksctl.io/cluster-name", "kubernetes.azure.com/cluster",
            "cluster.x-k8s.io/cluster-name", "ibm-cloud.kubernetes.io/cluster-id",
            "doks.digitalocean.com/cluster-id")  # fmt: skip
_KEPT = ("nvidia.com/gpu.memory", "nvidia.com/gpu.family", "nvidia.com/gpu.sharing-strategy",
         "nvidia.com/mig.strategy", "kubernetes.io/arch", "kubernetes.io/os",
         "doks.digitalocean.com/node-pool", "eks.amazonaws.com/nodegroup",
         "cloud.google.com/gke-nodepool", "kubernetes.azure.com/agentpool")  # fmt: skip
_POOL_SUFFIX = re.compile(r"-(?:SHARED|MIG-[0-9a-z.+]+)$", re.IGNORECASE)
_GCE_NAME = re.compile(r"^gce://([^/]+)/([^/]+)/([^/]+)$")


def recognise(opened: Opened) -> bool:
    """Tell by `kind` and the items' kind whether these are nodes."""
    if opened.shape != "json":
        return False
    return any(mapping(row).get("kind") == "Node" for row in _rows(opened.document)[:20])


def read(opened: Opened, job: Job) -> ImportResult:
    """Read nodes into resources; a list is complete for its cluster, where the nodes name it."""
    single = mapping(opened.document).get("kind") == "Node"
    return read_items(
        opened,
        job,
        _items(_rows(opened.document), opened.source.name),
        kind=KIND,
        version="single node" if single else "list",
        notes=["the cluster is known by what its nodes say, else by the file's name"],
        partial="one node is no list of its cluster, so nothing vanishes by it" if single else None,
    )


def _rows(document: Any) -> list[Any]:
    if isinstance(document, list):
        return document
    top = mapping(document)
    if top.get("kind") == "Node":
        return [top]
    if str(top.get("kind", "")).endswith("List"):
        items = top.get("items")
        kind = str(top["kind"]).removesuffix("List")
        rows = list(items) if isinstance(items, list) else []
        # A NodeList leaves the kind of its items out.
        return [{"kind": kind, **row} if kind and isinstance(row, dict) else row for row in rows]
    return []


def _items(rows: list[Any], file: str) -> Iterator[Item | Left]:
    for row in rows:
        if not isinstance(row, dict):
            yield Left(NOT_OBJECT, raw_text(row))
        elif row.get("kind") != "Node":
            yield Left(NOT_NODE)
        elif not text(mapping(row.get("metadata")).get("name")):
            yield Left(NO_ID, raw_text({"kind": "Node"}))
        else:
            yield _item(row, file)


def _item(row: dict[str, Any], file: str) -> Item:
    metadata, spec = mapping(row.get("metadata")), mapping(row.get("spec"))
    labels = mapping(metadata.get("labels"))
    name = str(text(metadata.get("name")))
    provider_id = text(spec.get("providerID"))
    provider, own_id, zone_inside = _machine(provider_id)
    region, zone = _label(labels, _REGION), _label(labels, _ZONE)
    tags = {key: said for key in _KEPT if (said := text(labels.get(key))) is not None}
    tags["kubernetes:node"] = name
    if provider_id:
        tags["kubernetes:provider_id"] = provider_id
    product = _label(labels, _PRODUCT)
    return Item(
        resource_id=own_id or f"kubernetes:{text(metadata.get('uid')) or name}",
        name=name,
        provider_text=provider,
        region_text=region,
        zone_text=zone or zone_inside,
        zone=zone or zone_inside,
        service_name="Kubernetes node",
        service_category="compute",
        resource_type="kubernetes/node",
        instance_type=_label(labels, _TYPE),
        accelerator_text=_POOL_SUFFIX.sub("", product).replace("_", " ") if product else None,
        accelerator_count=_count(labels, mapping(mapping(row.get("status")).get("capacity"))),
        complete_for=_label(labels, _CLUSTER) or file,
        tags=tags,
    )


def _label(labels: dict[str, Any], names: tuple[str, ...]) -> str | None:
    return next((said for name in names if (said := text(labels.get(name)))), None)


def _count(labels: dict[str, Any], capacity: dict[str, Any]) -> float | None:
    """Return the physical accelerators: the label counts them, capacity may count shares of them.

    Where each is cut into equal parts (`-MIG-` in the product), both count parts: unknown then.
    """
    if "-MIG-" in str(labels.get("nvidia.com/gpu.product", "")):
        return None
    labelled = _whole(labels.get("nvidia.com/gpu.count"))
    if labelled is not None:
        return labelled
    counts = [_whole(capacity.get(name)) for name in _CAPACITY]
    return next((count for count in counts if count), None)


def _whole(value: Any) -> float | None:
    said = text(value)
    return float(said) if said and said.isascii() and said.isdigit() and len(said) < 7 else None


@cache
def _schemes() -> dict[str, str]:
    frame = data_frame("kubernetes_machines.csv")[["scheme", "provider_id"]]
    return dict(frame.itertuples(index=False, name=None))


def _machine(provider_id: str | None) -> tuple[str | None, str | None, str | None]:
    """Return (provider, the machine's id as its provider writes it, zone) of `spec.providerID`."""
    if not provider_id:
        return None, None, None
    if provider_id.startswith("ocid1."):
        return "oci", provider_id, None
    scheme, mark, rest = provider_id.partition("://")
    if not mark:
        return None, None, None
    provider = _schemes().get(scheme.lower()) or None
    parts = [part for part in rest.split("/") if part]
    if provider == "aws":
        return provider, parts[-1] if parts else None, parts[0] if len(parts) == 2 else None
    if provider == "azure":
        return provider, "/" + "/".join(parts), None
    found = _GCE_NAME.match(provider_id)
    if provider == "gcp" and found:
        project, zone, machine = found.groups()
        path = f"projects/{project}/zones/{zone}/instances/{machine}"
        return provider, f"//compute.googleapis.com/{path}", zone
    if provider == "scaleway" and len(parts) == 3:
        return provider, provider_id, parts[1]
    return provider, provider_id, None
