"""What is remembered of standards, programmes, documents, audits, certificates and rights."""

from dougong_ip_compliance.entities.assets import (
    AssetKind,
    AssetState,
    IpAsset,
    IpFee,
)
from dougong_ip_compliance.entities.audits import (
    AuditFinding,
    AuditItem,
    AuditState,
    ComplianceAudit,
    ComplianceAuditKind,
    CorrectiveAction,
    FindingGrade,
    FindingState,
)
from dougong_ip_compliance.entities.certification import (
    ApplicationState,
    CertificateState,
    CertificationApplication,
    CertificationBody,
    ComplianceCertificate,
    Surveillance,
)
from dougong_ip_compliance.entities.diagnosis import (
    ClauseAssessment,
    ClauseStatus,
    ComplianceGap,
    DiagnosisReport,
    GapSeverity,
)
from dougong_ip_compliance.entities.documents import (
    DocumentKind,
    DocumentState,
    IssueOrder,
    Secrecy,
    SystemDocument,
    SystemDocumentVersion,
)
from dougong_ip_compliance.entities.operation import (
    OperationRecord,
    SystemTraining,
    TrainingAttendance,
)
from dougong_ip_compliance.entities.programs import (
    Advisor,
    ComplianceProgram,
    ProgramResource,
    ProgramState,
    ResourceKind,
    WorkingGroupMember,
)
from dougong_ip_compliance.entities.reminders import (
    ComplianceReminder,
    ReminderKind,
)
from dougong_ip_compliance.entities.reviews import (
    INPUTS,
    OUTPUTS,
    ManagementReview,
    ReviewState,
)
from dougong_ip_compliance.entities.standards import (
    Clause,
    ClauseMapping,
    StandardEdition,
)
from dougong_ip_compliance.entities.system import (
    ClauseResponsibility,
    IpObjective,
    IpPolicy,
    PolicyState,
)

__all__ = [
    "INPUTS",
    "OUTPUTS",
    "Advisor",
    "ApplicationState",
    "AssetKind",
    "AssetState",
    "AuditFinding",
    "AuditItem",
    "AuditState",
    "CertificateState",
    "CertificationApplication",
    "CertificationBody",
    "Clause",
    "ClauseAssessment",
    "ClauseMapping",
    "ClauseResponsibility",
    "ClauseStatus",
    "ComplianceAudit",
    "ComplianceAuditKind",
    "ComplianceCertificate",
    "ComplianceGap",
    "ComplianceProgram",
    "ComplianceReminder",
    "CorrectiveAction",
    "DiagnosisReport",
    "DocumentKind",
    "DocumentState",
    "FindingGrade",
    "FindingState",
    "GapSeverity",
    "IpAsset",
    "IpFee",
    "IpObjective",
    "IpPolicy",
    "IssueOrder",
    "ManagementReview",
    "OperationRecord",
    "PolicyState",
    "ProgramResource",
    "ProgramState",
    "ReminderKind",
    "ResourceKind",
    "ReviewState",
    "Secrecy",
    "StandardEdition",
    "Surveillance",
    "SystemDocument",
    "SystemDocumentVersion",
    "SystemTraining",
    "TrainingAttendance",
    "WorkingGroupMember",
]
