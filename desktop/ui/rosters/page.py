"""The rosters: schools and classes at the left, children or guardians in the middle, one family at the right."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu, QStackedWidget, QWidget

from desktop.domain.errors import UserError
from desktop.domain.people import ChildRow, GuardianRow, ListQuery, Node, Opening
from desktop.domain.schools import SchoolTree, school_year
from desktop.domain.staff import Actor, Verb
from desktop.domain.waiting_contacts import WaitingPlace, WaitingRow
from desktop.i18n import N_, _
from desktop.ui.app_context import AppContext
from desktop.ui.errors import words_for
from desktop.ui.pace import Pace
from desktop.ui.page import Page
from desktop.ui.rosters import state
from desktop.ui.rosters.details import DetailsPane
from desktop.ui.rosters.editing import Editing
from desktop.ui.rosters.family import Family
from desktop.ui.rosters.listing import Listing
from desktop.ui.rosters.lists import PeopleLists
from desktop.ui.rosters.places import Place, WaitingNode, city_place, path_to, school_place
from desktop.ui.rosters.tree import PlacesTree
from desktop.ui.rosters.waiting import Waiting
from desktop.ui.tokens import PANE_DETAILS, PANE_TREE
from desktop.ui.widgets.bands import Band
from desktop.ui.widgets.headers import PageHeader
from desktop.ui.widgets.pieces import Button, column, hline
from desktop.ui.widgets.side_pane import LEFT, Panes, SidePane
from desktop.ui.withdrawing import Withdrawing

_RELOAD_EVERY_MS = 1000


class RostersPage(Page):
    """Everybody one may see, by place and by search."""

    title: ClassVar[str] = N_("Rosters")
    tables: ClassVar[frozenset[str]] = frozenset({
        "schools", "school_years", "grades", "homerooms", "groups", "children", "guardians", "guardianships",
        "contact_points", "enrolments", "placements", "memberships", "child_references", "flags", "waiting_contacts",
    })  # fmt: skip

    def __init__(self, app: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(app, parent)
        self._context = app
        self._node = Node(school_id=app.session.school_id)
        self._school = app.session.school_id
        self._places: tuple[Place, ...] = ()
        self._waiting: Sequence[WaitingPlace] = ()
        self._wanted: tuple[str, int] | None = None
        self._everybody = 0
        self._wants_waiting = False
        self.listing = Listing(app, self)
        self._reload = Pace(self._load, self, _RELOAD_EVERY_MS)
        self.editing = Editing(app, self)
        self.withdrawing = Withdrawing(app, self)
        self._build()
        self._connect()

    # What the frame asks

    def reload(self) -> None:
        if self._school != self._context.session.school_id:
            self._school = self._context.session.school_id
            self._node = Node(school_id=self._school)
        self._reload.ask()

    def show_target(self, **target: object) -> None:
        """`child_id`, `guardian_id`: show that person. `homeroom_id` (with `school_id`), `only`: show those.

        `only="waiting"` are contacts that wait for their child, `waiting_of` is one of them by its guardian.
        """
        for kind in ("child", "guardian"):
            wanted = target.get(f"{kind}_id")
            if isinstance(wanted, int):
                self._wanted = (kind, wanted)
                self._node = Node(school_id=self._context.session.school_id)
                self.lists.look_for(kind, only="all")
        homeroom, school = target.get("homeroom_id"), target.get("school_id")
        if isinstance(homeroom, int) and isinstance(school, int):
            self._node = Node(school, self._year_of(school), homeroom_id=homeroom)
        waits_for = target.get("waiting_of")
        if isinstance(waits_for, int):
            self.waiting.find(waits_for, self._show_waiting)
        self._wants_waiting = target.get("only") == "waiting"
        if target.get("only") in state.ONLY:
            self.lists.look_for("child", only=str(target["only"]))
        self.refresh()

    def focus_search(self) -> bool:
        shown = self.waiting.pane if self._shows_waiting() else self.lists
        shown.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        return True

    # Building

    def _build(self) -> None:
        session = self._context.session
        may_edit = session.may_somewhere(Verb.EDIT_ROSTER)
        self._header = PageHeader(self.heading())
        self.import_button = Button(_("Import…"), "big", "download", shortcut="Ctrl+I", on_click=self._import)
        self.export_button = Button(_("Save as file…"), "big", "upload", on_click=self._export)
        self.add_button = Button(_("Add a child"), "primary", "plus", shortcut="Ctrl+N", on_click=self._add_child)
        self.letters_button = Button(_("Letters…"), "big", "printer", shortcut="Alt+P", on_click=self._ask_letters)
        self.letters_button.setAccessibleDescription(_("Letters that ask families to register"))
        self.letters_button.setVisible(session.may_somewhere(Verb.HAND_OUT_CODE))
        self.import_button.setVisible(session.may_somewhere(Verb.IMPORT_ROSTER))
        self.export_button.setVisible(session.may_somewhere(Verb.EXPORT_ROSTER))
        self.add_button.setVisible(may_edit)
        for button in (self.letters_button, self.import_button, self.export_button, self.add_button):
            self._header.add_action(button)
        self.band = Band("danger", "")
        self.band.add_button(_("Try again"), self._reload.now, "refresh")
        self.band.hide()
        self.tree = PlacesTree()
        self.details = DetailsPane(may_edit=may_edit)
        self.lists = PeopleLists(
            self._context.tasks, self._fetch_children, self._fetch_guardians,
            may_edit=may_edit,
            may_write=session.may_somewhere(Verb.WRITE_NOTICE),
            may_see_flags=session.may_somewhere(Verb.SEE_FLAGS),
            may_import=session.may_somewhere(Verb.IMPORT_ROSTER),
            may_hand_out=session.may_somewhere(Verb.HAND_OUT_CODE),
        )  # fmt: skip
        self.family = Family(self._context, self.details, self)
        self.waiting = Waiting(self._context, self.details, self)
        self._middle = QStackedWidget()
        self._middle.addWidget(self.lists)
        self._middle.addWidget(self.waiting.pane)
        self._pane = SidePane(self.details, _("Details"), PANE_DETAILS)
        left = SidePane(self.tree, _("Schools and classes"), PANE_TREE, LEFT)
        panes = Panes(self._middle, left, self._pane)
        self.setLayout(column(self._header, hline(), self.band, (panes, 1), spacing=0))
        self.setFocusProxy(self._middle)

    def _connect(self) -> None:
        self.tree.chosen.connect(self._on_place_chosen)
        self.tree.school_opened.connect(self._load_school)
        lists = self.lists
        lists.query_typed.connect(self._load_ids)
        lists.query_chosen.connect(self._load_ids)
        lists.selection_changed.connect(self._show_details)
        lists.opened.connect(self._open)
        lists.move_asked.connect(lambda ids: self.editing.move(ids, self._node))
        lists.withdraw_asked.connect(lambda ids: self.withdrawing.ask(ids, self._node.school_id))
        lists.write_asked.connect(self._write_to)
        lists.letters_asked.connect(self._letters_to)
        lists.import_asked.connect(self._import)
        lists.add_asked.connect(self._add_child)
        lists.menu_opened.connect(self._fill_menu)
        self.listing.top_came.connect(self._show_top)
        self.listing.all_came.connect(self._show_ids)
        self.listing.failed.connect(self._on_failed)
        self.listing.late.connect(lists.set_late)
        details, editing = self.details, self.editing
        details.edit_child_asked.connect(lambda child: editing.edit_child(child, self._node))
        details.edit_guardian_asked.connect(editing.edit_guardian)
        details.add_guardian_asked.connect(lambda child: editing.add_guardian(child, self.family.name))
        details.remove_guardian_asked.connect(lambda link, name: editing.remove_guardian(link, name, self.family.name))
        details.release_asked.connect(editing.release)
        details.child_asked.connect(lambda child: self.show_target(child_id=child))
        details.notice_asked.connect(lambda notice: self._context.navigator.go("notice", notice_id=notice))
        editing.done.connect(self._on_done)
        self.waiting.changed.connect(self._reload.now)
        self.waiting.failed.connect(self._on_failed)
        self.withdrawing.done.connect(lambda _ids, _gone: self._on_done("", 0))

    # Fetching

    def _load(self) -> None:
        self._load_places()
        self._load_counts()
        self._load_ids()

    def _shows_waiting(self) -> bool:
        return isinstance(self._node, WaitingNode)

    def _load_places(self) -> None:
        context = self._context
        actor, school = context.session.actor, self._school

        def fetch() -> tuple[list[list[SchoolTree]], Sequence[WaitingPlace]]:
            waiting = context.waiting.places(actor)
            if school is None:
                return [[tree] for tree in context.schools.trees(actor)], waiting
            return [_years(context, actor, school)], waiting

        context.tasks.run(
            fetch, lambda found: self._show_places(*found), owner=self, lane="places", failed=self._on_failed
        )

    def _load_school(self, school_id: int) -> None:
        """The other years of a school that was opened among all schools."""
        context = self._context
        actor = context.session.actor
        context.tasks.run(
            lambda: _years(context, actor, school_id), self._show_school, owner=self, lane=f"school {school_id}"
        )

    def _load_counts(self) -> None:
        context = self._context
        actor, school = context.session.actor, self._school
        context.tasks.run(
            lambda: context.people.counts(actor, Node(school_id=school)),
            self._show_counts,
            owner=self,
            lane="counts",
            failed=self._on_failed,
        )

    def _load_ids(self) -> None:
        if isinstance(self._node, WaitingNode):
            self.family.forget()
            self._middle.setCurrentWidget(self.waiting.pane)
            self.waiting.look_at(self._node)
            return
        self.listing.load(self.lists.kind, self.lists.query(self._node))

    def _fetch_children(self, ids: Sequence[int]) -> Mapping[int, ChildRow]:
        rows = self._context.people.children(self._context.session.actor, ids, self._node.year)
        return {row.id: row for row in rows}

    def _fetch_guardians(self, ids: Sequence[int]) -> Mapping[int, GuardianRow]:
        return {row.id: row for row in self._context.people.guardians(self._context.session.actor, ids)}

    # Showing

    def _show_places(self, schools: list[list[SchoolTree]], waiting: Sequence[WaitingPlace]) -> None:
        self._waiting = waiting
        this_year = school_year(self._context.session.today)
        if self._school is None:
            name = next((each.name for each in self._context.session.schools if each.id is None), _("All schools"))
            self._places = (city_place(name, [trees[0] for trees in schools if trees], this_year, waiting),)
        else:
            self._places = tuple(school_place(trees, this_year, waiting) for trees in schools if trees)
        if self._wants_waiting:
            self._wants_waiting = False
            self._choose_waiting()
        if not self.tree.show_places(self._places, self._node):
            self._node = self.tree.node() or Node(school_id=self._school)
            self._load_ids()
        self._name_place()

    def _show_school(self, trees: list[SchoolTree]) -> None:
        if not trees or not self._places:
            return
        city = self._places[0]
        fresh = school_place(trees, school_year(self._context.session.today), self._waiting)
        under = tuple(fresh if place.node == fresh.node else place for place in city.under)
        self._places = (Place(city.text, city.count, city.node, city.icon, under),)
        self.tree.show_places(self._places, self._node)

    def _show_counts(self, counts: tuple[int, int, int]) -> None:
        self._everybody = counts[0]
        self._header.set_sentence(state.sentence(counts))
        self.export_button.setEnabled(bool(counts[0]))

    def _show_top(self, kind: str, query: ListQuery, top: Opening[Any]) -> None:
        self.band.hide()
        self.lists.show_top(kind, query, top, everybody=self._everybody)
        if top.whole:
            self._settle(kind)

    def _show_ids(self, kind: str, query: ListQuery, ids: Sequence[int]) -> None:
        self.band.hide()
        self.lists.show_ids(kind, query, ids, everybody=self._everybody)
        self._settle(kind)

    def _settle(self, kind: str) -> None:
        """Everything is there: choose who is to be shown."""
        if self._wanted and self._wanted[0] == kind:
            self.lists.table.select_id(self._wanted[1])
            if kind == "guardian" and self._waiting:  # who waits for a child is given one there
                self.waiting.find(self._wanted[1], self._show_waiting)
            self._wanted = None
        self.family.forget()
        self._show_details()

    def _show_details(self) -> None:
        if not self._shows_waiting():
            self.family.show(self.lists.kind, tuple(self.lists.selected()), self._node)

    def _on_failed(self, error: Exception) -> None:
        """What is on the page stays; it says that it may be old."""
        self.band.set_words(_("The rosters could not be fetched; what you see may be old."), words_for(error))
        self.band.show()
        if not isinstance(error, UserError):
            self._context.tasks.report(self, error)

    # What can be done

    def _on_place_chosen(self, node: Node) -> None:
        self._node = node
        self._name_place()
        self._load_ids()

    def _choose_waiting(self) -> None:
        """Those of the school in view, or of the first school where anybody waits."""
        first = next((each.school_id for each in self._waiting if self._school in {None, each.school_id}), None)
        if first is not None:
            self._node = WaitingNode(first, school_year(self._context.session.today))
            self._load_ids()

    def _show_waiting(self, row: WaitingRow) -> None:
        self._node = WaitingNode(row.school_id, row.year)
        self._reload.now()

    def _name_place(self) -> None:
        self._middle.setCurrentWidget(self.waiting.pane if self._shows_waiting() else self.lists)
        path = path_to(self._places, self._node)
        self.lists.name_place(path[-1].text if path else self.heading(), self._node)

    def _open(self, person_id: int) -> None:
        """Enter: show the family if it is folded away, else edit."""
        if self._pane.folded:
            self._pane.unfold()
        elif not self._context.session.may_somewhere(Verb.EDIT_ROSTER):
            self.details.setFocus()
        elif self.lists.kind == "child":
            self.editing.edit_child(person_id, self._node)
        else:
            self.editing.edit_guardian(0, person_id)

    def _fill_menu(self, menu: QMenu) -> None:
        ids = self.lists.selected()
        if len(ids) == 1:
            menu.addAction(_("Open"), lambda: self._open(ids[0]))
        self.lists.fill_menu(menu)

    def _add_child(self) -> None:
        self.editing.add_child(self._node)

    def _import(self) -> None:
        self._context.navigator.go("roster_import", new=True)

    def _export(self) -> None:
        context = self._context
        actor, school = context.session.actor, self._school
        name = context.session.school.name if context.session.school else self.heading()

        def code() -> str:
            return next((row.code for row in context.schools.all(actor) if row.id == school), "")

        context.tasks.run(code, lambda found: self.editing.export(found, name), owner=self)

    def _write_to(self, ids: Sequence[int]) -> None:
        self._context.navigator.go("compose", new=True, include=state.child_parts(ids), school_id=self._node.school_id)

    def _ask_letters(self) -> None:
        """For the class or the school in view, or for those who are selected."""
        ids = self.lists.selected() if self.lists.kind == "child" and not self._shows_waiting() else []
        if len(ids) > 1:
            self._letters_to(ids)
            return
        node = self._node
        self._context.navigator.go("letters", school_id=node.school_id, homeroom_id=node.homeroom_id, year=node.year)

    def _letters_to(self, ids: Sequence[int]) -> None:
        self._context.navigator.go(
            "letters", child_ids=tuple(ids), school_id=self._node.school_id, year=self._node.year
        )

    def _on_done(self, kind: str, person_id: int) -> None:
        if kind and kind == self.lists.kind:
            self._wanted = (kind, person_id)
        self.family.forget()
        self._reload.now()

    def _year_of(self, school_id: int) -> int | None:
        """The year that the tree shows of a school; None is the present one."""
        place = next((each for each in self._places if each.node == Node(school_id=school_id)), None)
        return place.under[0].node.year if place and place.under and place.under[0].node else None


def _years(context: AppContext, actor: Actor, school_id: int) -> list[SchoolTree]:
    """A school's trees, the newest year first. Off the GUI thread."""
    return [context.schools.tree(actor, school_id, year) for year in context.schools.years(actor, school_id)]
