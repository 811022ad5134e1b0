"""The settings that describe the documents: where they are, how to parse them, and the names of their classes."""

from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, Field, field_validator
from pydantic_settings import BaseSettings

from monitor_core.contract.bases import Basis
from monitor_core.contract.classes import class_text, displayed
from monitor_core.contract.documents import DateNumbers, Notation
from monitor_core.contract.periods import notation as notation_of_period
from monitor_core.settings.colours import hexadecimal
from monitor_core.settings.place import ROOT
from monitor_core.settings.types import ClassAliases, ClassNames, Segments, StoredTimes, Values, names_of_classes

OF_MONGODB = ("admin", "local", "config")  # databases that hold no predictions
Average = Literal["macro", "weighted"]


class FieldNames(BaseModel):
    """Names of the contract's fields in the collection."""

    filename: str = "filename"
    confidence: str = "output_confidence"
    prediction: str = "output_prediction"
    validated: str = "output_validated"
    predicted_at: str = "timestamp"
    validated_at: str = "timestamp_validated"
    trained: str = "trained"
    logged: str = "logged"
    scene: str | None = None  # of a scene or sequence; none = the samples are independent

    @field_validator("scene", mode="before")
    @classmethod
    def _none_is_empty(cls, name: object) -> object:
        return name or None

    @field_validator("*")
    @classmethod
    def _usable(cls, name: str | None) -> str | None:
        if name is None:
            return None
        if not name or name.startswith("$") or "\0" in name:
            raise ValueError(f'"{name}" cannot be the name of a field')
        return name


class DocumentSettings(BaseSettings):
    """Settings that describe the documents of the model; part of `Settings`."""

    database: str = Field(
        "mlops_labeller_db",
        min_length=1,
        description="the predictions' database; none = the one that MONITOR_MONGODB_URI names behind its hosts",
    )
    state_database: str | None = Field(
        None, min_length=1, description="the database of the monitor's own collections; none = that of the predictions"
    )
    collection: str = Field("image_logs", min_length=1, description="the collection of the predictions")
    time_zone: str = Field("UTC", description="IANA name of the zone whose days are counted, such as Europe/Madrid")
    basis: Basis = Field(
        "validated",
        description='what dates a sample: "validated", its review, or "predicted", its prediction',
    )
    period: Annotated[str, AfterValidator(notation_of_period)] = Field(
        "30d", description="the period a page opens with"
    )
    average: Average = Field("macro", description="the average a page opens with: macro or weighted")
    maturing_share: float = Field(
        0.2, ge=0, le=1, description="share of a day's predictions not yet reviewed, above which the day is incomplete"
    )
    fields: FieldNames = Field(FieldNames(), description="names of the fields, if yours differ from the contract")
    segments: Segments = Field(
        {}, description='fields to filter by, at most 4, by a name of your choice, such as {"camera": "meta.camera"}'
    )
    class_names: ClassNames = Field({}, description='name of each class number, such as {"0": "SIGRE"}')
    class_colours: dict[str, str] = Field(
        {}, description='colour of a class, by number or name, such as {"0": "#992f65", "blue": "navy"}'
    )
    class_aliases: ClassAliases = Field(
        {}, description='class number of each further name that documents hold, such as {"kitten": 0}'
    )
    boolean_classes: bool = Field(False, description="whether true is class 1 and false class 0, also in a review")
    not_reviewed: Values = Field(
        (), description="further values that stand for no review, such as -1 or skip, as JSON or separated by commas"
    )
    confidence_scale: Literal["share", "percent"] = Field(
        "share", description='what confidences are: "share", from 0 to 1, or "percent", from 0 to 100'
    )
    date_numbers: DateNumbers | None = Field(
        None,
        description='what a number in place of a date counts from 1970: "seconds" or "milliseconds"; none = no date',
    )
    stored_times: StoredTimes = Field(
        timedelta(0),
        description='what stored dates show: "utc", "local", or an offset from UTC such as "+02:00" or "+2"',
    )
    count_files_once: bool = Field(
        False, description="whether only the newest of the documents about one file counts, within 30 days"
    )
    reviewing: bool = Field(
        False, description="whether editors can review in the app, which then writes reviews into the predictions"
    )
    second_opinion: float = Field(
        0.05,
        ge=0,
        le=1,
        description="share of the audit's reviews that another person is asked for again, if people review in the app",
    )
    training_counts: dict[str, Annotated[int, Field(ge=0)]] = Field(
        {}, description='images a class in the training set, by number or name, such as {"0": 120}'
    )
    training_manifest: Path | None = Field(None, description="CSV or JSON file that lists the training set")
    training_folder: Path | None = Field(None, description="image folder of the training set, one folder a class")
    image_folder: Path | None = Field(None, description="where the images lie; none = images/ in the state folder")
    image_prefix: str = Field(
        "",
        description="what the file names of the documents have before the path in the image folder, such as s3://bucket/",
    )

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def colours(self) -> dict[int, str]:
        """The configured colours by class number, as #rrggbb."""
        numbers = {name: label for label, name in self.class_names.items()}
        return {numbers[key] if key in numbers else int(key): colour for key, colour in self.class_colours.items()}

    @cached_property
    def notation(self) -> Notation:
        """Return the notation of the documents."""
        return Notation(
            zone=self.zone,
            classes=names_of_classes(self.class_names, self.class_aliases),
            not_reviewed=self.not_reviewed,
            boolean_classes=self.boolean_classes,
            percent=self.confidence_scale == "percent",
            date_numbers=self.date_numbers,
            stored_times=self.stored_times,
        )

    @cached_property
    def displayed_names(self) -> dict[int, str]:
        """Return the display texts of the named classes; unlike the names, they are distinct."""
        return displayed(self.class_names)

    def class_name(self, label: int) -> str:
        """Return the display text of a class, which no other class has."""
        return class_text(label, self.displayed_names)

    @field_validator("database", "state_database")
    @classmethod
    def _database_name(cls, value: str | None) -> str | None:
        if value and set(value) & set('/\\. "$*<>:|?\0'):
            raise ValueError(f'"{value}" cannot be the name of a database')
        if value in OF_MONGODB:
            raise ValueError(f'"{value}" is a database of MongoDB itself')
        return value

    @field_validator("collection")
    @classmethod
    def _collection_name(cls, value: str) -> str:
        if "$" in value or value.startswith(("system.", "monitor_")):
            raise ValueError(f'"{value}" cannot be the collection of the predictions')
        return value

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f'"{value}" is not a known time zone') from None
        return value

    @field_validator("class_names")
    @classmethod
    def _distinct(cls, value: dict[int, str]) -> dict[int, str]:
        twice = {name for name in value.values() if list(value.values()).count(name) > 1}
        if twice or not all(value.values()):
            raise ValueError("two classes have the same name or none: " + ", ".join(sorted(twice)))
        return value

    @field_validator("class_colours")
    @classmethod
    def _hexadecimal(cls, value: dict[str, str]) -> dict[str, str]:
        return {label: hexadecimal(colour) for label, colour in value.items()}

    @field_validator(
        "image_folder", "training_manifest", "training_folder", "state_folder", "mongod", check_fields=False
    )
    @classmethod
    def _from_root(cls, value: Path | None) -> Path | None:
        return ROOT / value.expanduser() if value else None  # an absolute path stays as it is
