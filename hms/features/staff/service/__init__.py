"""Use cases of staff: who signs in, who works here, and where.

The parts are imported at their first use: every command asks who acts, and few
weigh a password or add a user (the cold start of ``hms`` is paid at each call).
"""

# ruff: noqa: I001 - one import for each part, each name said to be public
from __future__ import annotations

from typing import TYPE_CHECKING

from hms.kernel.parts import at_first_use

if TYPE_CHECKING:
    from hms.features.staff.service.access import (
        change_password as change_password,
        change_password_now as change_password_now,
        confirm_password as confirm_password,
        confirm_password_now as confirm_password_now,
        refresh as refresh,
        refresh_now as refresh_now,
        sign_in as sign_in,
        sign_in_now as sign_in_now,
        sign_out as sign_out,
    )
    from hms.features.staff.service.desk_sessions import (
        end_every_session as end_every_session,
    )
    from hms.features.staff.service.doctors import (
        SetDoctor as SetDoctor,
        doctor_status as doctor_status,
        list_doctors as list_doctors,
        set_doctor as set_doctor,
    )
    from hms.features.staff.service.errors import (
        CodeDue as CodeDue,
        DepartmentTaken as DepartmentTaken,
        DoctorUnknown as DoctorUnknown,
        FactorDue as FactorDue,
        FactorThere as FactorThere,
        HospitalTaken as HospitalTaken,
        HospitalUnknown as HospitalUnknown,
        LastAdministrator as LastAdministrator,
        LicenceTaken as LicenceTaken,
        NameTaken as NameTaken,
        NewPasswordDue as NewPasswordDue,
        NoFactor as NoFactor,
        NotAdministrator as NotAdministrator,
        NotOwnStatus as NotOwnStatus,
        NotYourself as NotYourself,
        OtherHospital as OtherHospital,
        RoomTaken as RoomTaken,
        RoomUnknown as RoomUnknown,
        SessionUnknown as SessionUnknown,
        TooManyTries as TooManyTries,
        UserUnknown as UserUnknown,
        WrongCode as WrongCode,
        WrongPassword as WrongPassword,
    )
    from hms.features.staff.service.hospitals import (
        AddHospital as AddHospital,
        add_hospital as add_hospital,
        list_hospitals as list_hospitals,
        rename_hospital as rename_hospital,
    )
    from hms.features.staff.service.identity import (
        Profile as Profile,
        actor_of as actor_of,
        is_fresh as is_fresh,
        service_actor as service_actor,
        service_sign_in as service_sign_in,
        verify as verify,
        who_am_i as who_am_i,
    )
    from hms.features.staff.service.open_sessions import (
        end_other_sessions as end_other_sessions,
        end_session as end_session,
        end_sessions_of_user as end_sessions_of_user,
        list_own_sessions as list_own_sessions,
        list_sessions as list_sessions,
    )
    from hms.features.staff.service.own_factor import (
        FactorStatus as FactorStatus,
        confirm_second_factor as confirm_second_factor,
        confirm_second_factor_now as confirm_second_factor_now,
        offer_second_factor as offer_second_factor,
        offer_second_factor_now as offer_second_factor_now,
        remove_second_factor as remove_second_factor,
        remove_second_factor_now as remove_second_factor_now,
        second_factor_status as second_factor_status,
        take_second_factor as take_second_factor,
    )
    from hms.features.staff.service.places import (
        add_department as add_department,
        add_room as add_room,
        ensure_department as ensure_department,
        ensure_room as ensure_room,
        find_room as find_room,
        list_departments as list_departments,
        list_rooms as list_rooms,
        rename_room as rename_room,
    )
    from hms.features.staff.service.recovery import (
        recover_administrator_now as recover_administrator_now,
    )
    from hms.features.staff.service.signing_key import (
        SigningKey as SigningKey,
        drop_ended_key as drop_ended_key,
        list_keys as list_keys,
        rotate_key as rotate_key,
    )
    from hms.features.staff.service.users import (
        AddUser as AddUser,
        NewSecret as NewSecret,
        add_user as add_user,
        disable_user as disable_user,
        enable_user as enable_user,
        ensure_first_admin_now as ensure_first_admin_now,
        ensure_hospital as ensure_hospital,
        list_users as list_users,
        reset_user as reset_user,
        set_role as set_role,
        show_user as show_user,
        unlock_user as unlock_user,
        who_is_here as who_is_here,
    )

_PARTS: dict[str, tuple[str, ...]] = {
    "access": (
        "change_password",
        "change_password_now",
        "confirm_password",
        "confirm_password_now",
        "refresh",
        "refresh_now",
        "sign_in",
        "sign_in_now",
        "sign_out",
    ),
    "desk_sessions": ("end_every_session",),
    "doctors": (
        "SetDoctor",
        "doctor_status",
        "list_doctors",
        "set_doctor",
    ),
    "errors": (
        "CodeDue",
        "DepartmentTaken",
        "DoctorUnknown",
        "FactorDue",
        "FactorThere",
        "HospitalTaken",
        "HospitalUnknown",
        "LastAdministrator",
        "LicenceTaken",
        "NameTaken",
        "NewPasswordDue",
        "NoFactor",
        "NotAdministrator",
        "NotOwnStatus",
        "NotYourself",
        "OtherHospital",
        "RoomTaken",
        "RoomUnknown",
        "SessionUnknown",
        "TooManyTries",
        "UserUnknown",
        "WrongCode",
        "WrongPassword",
    ),
    "hospitals": (
        "AddHospital",
        "add_hospital",
        "list_hospitals",
        "rename_hospital",
    ),
    "identity": (
        "Profile",
        "actor_of",
        "is_fresh",
        "service_actor",
        "service_sign_in",
        "verify",
        "who_am_i",
    ),
    "open_sessions": (
        "end_other_sessions",
        "end_session",
        "end_sessions_of_user",
        "list_own_sessions",
        "list_sessions",
    ),
    "own_factor": (
        "FactorStatus",
        "confirm_second_factor",
        "confirm_second_factor_now",
        "offer_second_factor",
        "offer_second_factor_now",
        "remove_second_factor",
        "remove_second_factor_now",
        "second_factor_status",
        "take_second_factor",
    ),
    "places": (
        "add_department",
        "add_room",
        "ensure_department",
        "ensure_room",
        "find_room",
        "list_departments",
        "list_rooms",
        "rename_room",
    ),
    "recovery": ("recover_administrator_now",),
    "signing_key": (
        "SigningKey",
        "drop_ended_key",
        "list_keys",
        "rotate_key",
    ),
    "users": (
        "AddUser",
        "NewSecret",
        "add_user",
        "disable_user",
        "enable_user",
        "ensure_first_admin_now",
        "ensure_hospital",
        "list_users",
        "reset_user",
        "set_role",
        "show_user",
        "unlock_user",
        "who_is_here",
    ),
}
__getattr__, __dir__ = at_first_use(__name__, _PARTS)
