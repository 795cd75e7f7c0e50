"""The tree of places at the left of the rosters."""

from collections.abc import Sequence

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel

from desktop.domain.people import Node
from desktop.i18n import _
from desktop.ui.rosters.places import Place
from desktop.ui.widgets.tree import COUNT_ROLE, ICON_ROLE, CountTree

NODE_ROLE = Qt.ItemDataRole.UserRole + 20


class PlacesTree(CountTree):
    """Shows places and says which one is chosen. Reloading keeps what is open and what is chosen."""

    chosen = Signal(object)
    """The Node of the place."""

    school_opened = Signal(int)
    """A school was opened whose other years may not be here yet."""

    def __init__(self) -> None:
        super().__init__(_("Schools and classes"))
        self._items = QStandardItemModel(self)
        self.setModel(self._items)
        self._filling = False
        self.selectionModel().currentChanged.connect(self._on_current_changed)
        self.expanded.connect(self._on_expanded)

    def show_places(self, places: Sequence[Place], node: Node) -> bool:
        """Replace everything and choose `node`; False if it is no longer there, and then the first is chosen."""
        opened = self._opened() if self._items.rowCount() else _open_at_first(places)
        self._filling = True
        self._items.clear()
        for place in places:
            self._items.appendRow(_item(place))
        for index in self._all():
            found = index.data(NODE_ROLE)
            self.setExpanded(index, found is None or found in opened)
        self._filling = False
        return self.choose(node) or not (self.choose(places[0].node) if places and places[0].node else False)

    def choose(self, node: Node) -> bool:
        """Choose a place without `chosen`; False if it is not in the tree."""
        index = next((index for index in self._all() if index.data(NODE_ROLE) == node), None)
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

    def _all(self) -> list[QModelIndex]:
        found: list[QModelIndex] = []
        waiting = [self._items.index(at, 0) for at in range(self._items.rowCount())]
        while waiting:
            index = waiting.pop(0)
            found.append(index)
            waiting += [self._items.index(at, 0, index) for at in range(self._items.rowCount(index))]
        return found


def _item(place: Place) -> QStandardItem:
    item = QStandardItem(place.text)
    item.setData(place.count, COUNT_ROLE)
    item.setData(place.icon, ICON_ROLE)
    item.setData(place.node, NODE_ROLE)
    item.setData(f"{place.text} {place.count}".strip(), Qt.ItemDataRole.AccessibleTextRole)
    item.setToolTip(place.text)
    if place.node is None:
        item.setSelectable(False)
    for under in place.under:
        item.appendRow(_item(under))
    return item


def _open_at_first(places: Sequence[Place]) -> set[object]:
    """A lone root, and the newest year of a lone school."""
    if len(places) != 1:
        return set()
    root = places[0]
    alone = root.node is not None and root.node.school_id is not None
    return {root.node} | ({root.under[0].node} if alone and root.under else set())
