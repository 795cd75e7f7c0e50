"""The tree of places at the left of the rosters."""

from collections import deque
from collections.abc import Iterator, Sequence

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel

from desktop.domain.people import Node
from desktop.i18n import _
from desktop.ui.rosters.places import Place, path_to
from desktop.ui.widgets.tooltips import plain_tooltip
from desktop.ui.widgets.tree import COUNT_ROLE, ICON_ROLE, CountTree

NODE_ROLE = Qt.ItemDataRole.UserRole + 20
_UNDER_ROLE = Qt.ItemDataRole.UserRole + 21
_FEW = 20
"""Places beside each other that are filled at once."""
_ROOT = QModelIndex()
Index = QModelIndex | QPersistentModelIndex


class PlacesTree(CountTree):
    """Shows places and says which one is chosen. Reloading keeps what is open and what is chosen."""

    chosen = Signal(object)
    """The Node of the place."""

    school_opened = Signal(int)
    """A school was opened whose other years may not be here yet."""

    def __init__(self) -> None:
        super().__init__(_("Schools and classes"))
        self._items = _Items(self)
        self.setModel(self._items)
        self._filling = False
        self._places: tuple[Place, ...] = ()
        self.selectionModel().currentChanged.connect(self._on_current_changed)
        self.expanded.connect(self._on_expanded)

    def show_places(self, places: Sequence[Place], node: Node) -> bool:
        """Replace everything and choose `node`; False if it is no longer there, and then the first is chosen."""
        if tuple(places) != self._places:
            self._fill(places)
        return self.choose(node) or not (self.choose(places[0].node) if places and places[0].node else False)

    def _fill(self, places: Sequence[Place]) -> None:
        opened = self._opened() if self._items.rowCount() else _open_at_first(places)
        self._places = tuple(places)
        self._filling = True
        self._items.clear()
        for place in places:
            self._items.appendRow(_item(place))
        for index in self._all():
            found = index.data(NODE_ROLE)
            if found is None or found in opened:
                self._items.fetchMore(index)
                self.expand(index)
        self._filling = False

    def choose(self, node: Node) -> bool:
        """Choose a place without `chosen`; False if it is not in the tree."""
        for place in path_to(self._places, node)[:-1]:
            if (above := self._find(place.node)) is not None:
                self._items.fetchMore(above)
        index = self._find(node)
        if index is None:
            return False
        self._filling = True
        parent = index.parent()
        while parent.isValid():
            self.expand(parent)
            parent = parent.parent()
        self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self.scrollTo(index)
        self._filling = False
        return True

    def node(self) -> Node | None:
        """The node of the place in which the reader is."""
        found = self.currentIndex().data(NODE_ROLE) if self.currentIndex().isValid() else None
        return found if isinstance(found, Node) else None

    def _on_current_changed(self, current: QModelIndex) -> None:
        node = current.data(NODE_ROLE) if current.isValid() else None
        if isinstance(node, Node) and not self._filling:
            self.chosen.emit(node)

    def _on_expanded(self, index: QModelIndex) -> None:
        node = index.data(NODE_ROLE)
        if isinstance(node, Node) and node.school_id is not None and node.year is None and not self._filling:
            self.school_opened.emit(node.school_id)

    def _opened(self) -> set[object]:
        return {index.data(NODE_ROLE) for index in self._all() if self.isExpanded(index)} - {None}

    def _find(self, node: Node | None) -> QModelIndex | None:
        return next((index for index in self._all() if index.data(NODE_ROLE) == node), None)

    def _all(self) -> Iterator[QModelIndex]:
        """Every place that was needed so far; what is fetched meanwhile comes, too."""
        waiting = deque(self._items.index(at, 0) for at in range(self._items.rowCount()))
        while waiting:
            index = waiting.popleft()
            yield index
            waiting.extend(self._items.index(at, 0, index) for at in range(self._items.rowCount(index)))


class _Items(QStandardItemModel):
    """A city's schools are filled when they are opened: five thousand classes are not built before."""

    def hasChildren(self, parent: Index = _ROOT) -> bool:
        return super().hasChildren(parent) or bool(parent.data(_UNDER_ROLE))

    def canFetchMore(self, parent: Index) -> bool:
        return bool(parent.data(_UNDER_ROLE))

    def fetchMore(self, parent: Index) -> None:
        under = parent.data(_UNDER_ROLE)
        if under:
            item = self.itemFromIndex(parent)
            item.setData(None, _UNDER_ROLE)
            item.appendRows([_item(place) for place in under])


def _item(place: Place, *, closed: bool = False) -> QStandardItem:
    item = QStandardItem(place.text)
    item.setData(place.count, COUNT_ROLE)
    item.setData(place.icon, ICON_ROLE)
    item.setData(place.node, NODE_ROLE)
    item.setData(f"{place.text} {place.count}".strip(), Qt.ItemDataRole.AccessibleTextRole)
    item.setToolTip(plain_tooltip(place.text))
    if place.node is None:
        item.setSelectable(False)
    if closed:
        item.setData(place.under, _UNDER_ROLE)
        return item
    many = len(place.under) > _FEW
    item.appendRows([_item(under, closed=many) for under in place.under])
    return item


def _open_at_first(places: Sequence[Place]) -> set[object]:
    """A lone root, and the newest year of a lone school."""
    if len(places) != 1:
        return set()
    root = places[0]
    alone = root.node is not None and root.node.school_id is not None
    return {root.node} | ({root.under[0].node} if alone and root.under else set())
