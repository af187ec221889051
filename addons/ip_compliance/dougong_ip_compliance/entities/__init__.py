"""What is remembered of standards, programmes, documents, audits, certificates, rights and risks."""

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
    ConfidentialDisclosure,
    DocumentKind,
    DocumentState,
    IssueOrder,
    Secrecy,
    SystemDocument,
    SystemDocumentVersion,
)
from dougong_ip_compliance.entities.incidents import (
    IncidentKind,
    IncidentState,
    IpIncident,
    IpPenalty,
    PenaltyState,
)
from dougong_ip_compliance.entities.obligations import (
    ComplianceObligation,
    ObligationClause,
    ObligationSource,
    ObligationState,
    ObligationStatus,
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
from dougong_ip_compliance.entities.risks import (
    IpRisk,
    RiskState,
    RiskTreatment,
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
    "ComplianceObligation",
    "ComplianceProgram",
    "ComplianceReminder",
    "ConfidentialDisclosure",
    "CorrectiveAction",
    "DiagnosisReport",
    "DocumentKind",
    "DocumentState",
    "FindingGrade",
    "FindingState",
    "GapSeverity",
    "IncidentKind",
    "IncidentState",
    "IpAsset",
    "IpFee",
    "IpIncident",
    "IpObjective",
    "IpPenalty",
    "IpPolicy",
    "IpRisk",
    "IssueOrder",
    "ManagementReview",
    "ObligationClause",
    "ObligationSource",
    "ObligationState",
    "ObligationStatus",
    "OperationRecord",
    "PenaltyState",
    "PolicyState",
    "ProgramResource",
    "ProgramState",
    "ReminderKind",
    "ResourceKind",
    "ReviewState",
    "RiskState",
    "RiskTreatment",
    "Secrecy",
    "StandardEdition",
    "Surveillance",
    "SystemDocument",
    "SystemDocumentVersion",
    "SystemTraining",
    "TrainingAttendance",
    "WorkingGroupMember",
]
